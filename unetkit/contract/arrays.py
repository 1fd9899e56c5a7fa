"""Array aliases; the name says the layout, the comment the shape, the type the dtype."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BgrFrame = NDArray[np.uint8]  # (H, W, 3), as OpenCV decodes it
InputTensor = NDArray[np.uint8]  # (1, H, W, 3), BGR, what every exported model takes
Scores = NDArray[np.float32]  # (H, W, C), before argmax or threshold; C = 1 for a binary head
Labels = NDArray[np.uint8]  # (H, W), index of the class
Confusion = NDArray[np.int64]  # (C, C), rows are the truth, columns the prediction
AnyArray = NDArray[Any]
