"""What a network becomes on the device, folded and rounded: for the exporter, and for training that is aware of it."""
