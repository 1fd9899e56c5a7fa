import os

import pytest

from unetkit.runtime.opencv import explain_import_error, muted_stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ImportError("libGL.so.1: cannot open shared object file: No such file or directory"),
            ["libGL.so.1", "apt-get install -y libgl1 libglib2.0-0"],
        ),
        (ImportError("libgthread-2.0.so.0: cannot open shared object file"), ["libgthread-2.0.so.0", "libglib2.0-0"]),
        (ModuleNotFoundError("No module named 'cv2'", name="cv2"), ["not installed", "pip install opencv-python"]),
        (ImportError("numpy.core.multiarray\nfailed to import"), ["numpy.core.multiarray failed", "--force-reinstall"]),
    ],
)
def test_an_import_that_failed_is_explained_in_one_line(error: ImportError, words: list[str]) -> None:
    explained = explain_import_error(error)
    assert explained.exit_code == 6
    assert "\n" not in str(explained)
    assert [word in str(explained) for word in words] == [True] * len(words)


def test_muted_stderr_swallows_what_c_code_prints_and_gives_it_back(capfd: pytest.CaptureFixture[str]) -> None:
    with muted_stderr():
        os.write(2, b"noise\n")
    os.write(2, b"news\n")
    assert capfd.readouterr().err == "news\n"
