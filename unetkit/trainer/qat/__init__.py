"""Quantisation-aware training: a trained network learns on while it is rounded as its int8 artifacts will be."""
