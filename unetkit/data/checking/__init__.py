"""What is wrong with the pictures and masks of a data set, all of it, before anything is trained."""
