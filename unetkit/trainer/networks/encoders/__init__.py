"""Encoders: one network a file, each from a frame to a pyramid of feature maps at half, quarter, ... resolution."""
