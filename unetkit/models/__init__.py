"""The models in the box, as package data, with the recipes and the script that made them."""
