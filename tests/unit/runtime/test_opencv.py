import importlib
import os
import sys
import threading
from pathlib import Path

import pytest

from unetkit.runtime.opencv import explain_import_error, is_import_of_opencv
from unetkit.runtime.stderr import muted_stderr


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


def _import(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> ImportError:
    """The error of importing a module of that name and text."""
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ImportError) as caught:
        importlib.import_module(name)
    return caught.value


@pytest.mark.parametrize(
    ("module", "text", "is_opencv"),
    [
        ("cv2", "raise ImportError('libGL.so.1: cannot open shared object file')", True),
        ("cv2", "import a_module_that_cv2_needs", True),
        ("plots", "import matplotlib_that_is_not_here", False),
        ("plots", "raise ImportError('libopenblas.so.0: cannot open shared object file')", False),
        ("plots", "raise ModuleNotFoundError('no OpenCV', name='cv2')", True),
    ],
)
def test_opencv_is_blamed_for_its_own_imports_only(
    module: str, text: str, is_opencv: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_import_of_opencv(_import(tmp_path, module, text, monkeypatch)) is is_opencv


def test_muted_stderr_swallows_what_c_code_prints_and_gives_it_back(capfd: pytest.CaptureFixture[str]) -> None:
    with muted_stderr():
        os.write(2, b"noise\n")
    os.write(2, b"news\n")
    assert capfd.readouterr().err == "news\n"


def test_two_threads_that_mute_stderr_at_once_give_it_back(capfd: pytest.CaptureFixture[str]) -> None:
    first_is_in, second_begins = threading.Event(), threading.Event()

    def first() -> None:
        with muted_stderr():
            first_is_in.set()
            second_begins.wait(10)

    def second() -> None:
        first_is_in.wait(10)
        second_begins.set()
        with muted_stderr():
            os.write(2, b"noise\n")

    threads = [threading.Thread(target=target) for target in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    os.write(2, b"news\n")
    assert capfd.readouterr().err == "news\n"
