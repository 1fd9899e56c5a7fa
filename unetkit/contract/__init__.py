"""What training and the device must agree on: the spec, the one resize, the one scoring. numpy and OpenCV only."""
