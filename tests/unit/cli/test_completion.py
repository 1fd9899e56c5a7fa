"""What a shell is told at Tab, by the protocol of its completion script."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.unit.runtime.box import write_box
from unetkit.cli import app
from unetkit.completion import complete_model
from unetkit.runtime import builtin

# The command, with the box of the tests in place of the package's own.
COMMAND = """#!{python}
import sys
from pathlib import Path
from unetkit.runtime import builtin
builtin.builtin_folder = lambda: Path({box!r})
from unetkit.cli import main
code = 0
try:
    main()
except SystemExit as ended:
    code = ended.code
if "LOADED" in __import__("os").environ:
    Path("loaded.txt").write_text(" ".join(sys.modules))
sys.exit(code)
"""
FILES = ("notes.txt", "mine.onnx", "person.keras", "pet model.onnx", "people/x.onnx", ".pets/x")


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A folder with some files, and beside it a folder with the command for the PATH."""
    box, programs = write_box(tmp_path / "box"), tmp_path / "bin"
    programs.mkdir()
    program = programs / "unetkit"
    program.write_text(COMMAND.format(python=sys.executable, box=str(box)))
    program.chmod(0o755)
    here = tmp_path / "here"
    for name in FILES:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(b"")
    return here


def asked(shell: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell.with_name("bin") / "unetkit"],
        cwd=shell,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def offered_by_bash(shell: Path, *words: str, **variables: str) -> list[str]:
    """COMPREPLY of the script that `--install-completion` writes, the cursor behind the last word."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    program = shell.with_name("bin") / "unetkit"
    written = subprocess.run(
        [program],
        env={**os.environ, "_UNETKIT_COMPLETE": "source_bash"},
        capture_output=True,
        text=True,
        check=True,
    )
    line = " ".join(f"'{word}'" for word in ("unetkit", *words))
    script = (
        f"{written.stdout}\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words)}\n"
        f"_unetkit_completion unetkit\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    ended = subprocess.run(
        [bash, "--norc", "-c", script],
        cwd=shell,
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    return ended.stdout.split("\n")[:-1] if ended.stdout != "\n" else []


@pytest.mark.parametrize(
    ("incomplete", "words"),
    [
        ("", ["person", "pets", "mine.onnx", "people/", "person.keras"]),
        ("pe", ["person", "pets", "people/", "person.keras"]),
        ("person", ["person", "person.keras"]),
        ("pet", ["pets"]),  # `pet model.onnx` would need quotes
        ("mi", []),
        ("people/", []),
        ("../", []),
        ("/", []),
        (".", []),
    ],
)
def test_names_come_with_the_model_files_and_folders_that_begin_so(
    incomplete: str, words: list[str], shell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtin, "builtin_folder", lambda: shell.with_name("box"))
    monkeypatch.chdir(shell)
    assert [word for word, _ in complete_model(incomplete)] == words


@pytest.mark.parametrize(
    ("command", "parameter", "words"),
    [
        ("webcam", "model", ["person", "pets", "people/", "person.keras"]),
        ("webcam", "model_option", ["person", "pets", "people/", "person.keras"]),
        ("video", "model", ["person", "pets", "people/", "person.keras"]),
        ("bench", "models", ["person", "pets", "people/", "person.keras"]),
        ("inspect", "model", ["person", "pets", "people/", "person.keras"]),
        ("evaluate", "model", ["person", "pets", "people/", "person.keras"]),
        ("models", "name", ["person", "pets"]),
    ],
)
def test_every_command_that_takes_a_model_completes_it(
    command: str, parameter: str, words: list[str], shell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtin, "builtin_folder", lambda: shell.with_name("box"))
    monkeypatch.chdir(shell)
    parsed = typer.main.get_command(app)
    assert isinstance(parsed, typer.core.TyperGroup)
    (wanted,) = (item for item in parsed.commands[command].params if item.name == parameter)
    context = typer.Context(parsed.commands[command])
    assert [item.value for item in wanted.shell_complete(context, "pe")] == words


def test_bash_gets_the_words(shell: Path) -> None:
    assert offered_by_bash(shell, "webcam", "--model", "pe") == ["person", "pets", "people/", "person.keras"]
    assert offered_by_bash(shell, "bench", "person", "pet") == ["pets"]


def test_bash_completes_a_path_itself_where_no_name_begins_so(shell: Path) -> None:
    """`complete -o default` reads files when the program offers none."""
    assert offered_by_bash(shell, "webcam", "--model", "people/") == []


def test_zsh_shows_what_a_name_is_and_falls_back_to_its_own_files(shell: Path) -> None:
    named = asked(shell, _UNETKIT_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="unetkit webcam --model pet")
    assert named.stdout == """_arguments '*: :(("pets":"finds pets"))'\n"""
    other = asked(shell, _UNETKIT_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="unetkit webcam --model people/")
    assert other.stdout == "_files\n"


def test_fish_shows_what_a_name_is_and_falls_back_to_its_own_files(shell: Path) -> None:
    fish = {"_UNETKIT_COMPLETE": "complete_fish"}
    named, other = "unetkit webcam --model pet", "unetkit webcam --model people/"
    given = asked(shell, **fish, _TYPER_COMPLETE_FISH_ACTION="get-args", _TYPER_COMPLETE_ARGS=named)
    assert given.stdout == "pets\tfinds pets\n"
    for line, code in ((named, 0), (other, 1)):  # 1: fish completes files
        ended = asked(shell, **fish, _TYPER_COMPLETE_FISH_ACTION="is-args", _TYPER_COMPLETE_ARGS=line)
        assert (ended.returncode, ended.stdout) == (code, "")


def test_a_broken_box_offers_nothing_and_says_nothing_into_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtin, "builtin_folder", lambda: tmp_path)
    assert complete_model("pe") == []


def test_tab_loads_neither_numpy_nor_an_engine(shell: Path) -> None:
    assert offered_by_bash(shell, "webcam", "pet", LOADED="1") == ["pets"]
    loaded = (shell / "loaded.txt").read_text().split()
    assert set(loaded) & {"numpy", "cv2", "onnxruntime", "ai_edge_litert", "tensorflow", "rich"} == set()
