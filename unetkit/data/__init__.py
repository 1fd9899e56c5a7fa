"""Pictures and masks: readers, splits, the uint8 cache, the synthetic set. numpy and OpenCV only."""
