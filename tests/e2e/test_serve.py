"""The page of `unetkit serve`, in a real browser."""

from pathlib import Path

import cv2

from tests.e2e.browser import browsing
from tests.e2e.commands import Shell
from unetkit.data.scene import scene


def test_a_picture_is_tried_on_the_page(tmp_path: Path) -> None:
    picture = tmp_path / "scene.jpg"
    cv2.imwrite(str(picture), scene(3, (240, 320))[0])
    with browsing() as page:
        process = Shell.in_folder(tmp_path).start("serve", "person", "--engine", "onnx", "--listen", "0.0.0.0:0")
        try:
            assert process.stderr is not None
            url = next(line.split()[2] for line in process.stderr if "serving on" in line)
            page.open(url, width=800, height=900)
            node = page.call("Runtime.evaluate", expression="document.getElementById('file')")["result"]["objectId"]
            page.call("DOM.setFileInputFiles", files=[str(picture)], objectId=node)
            page.wait("document.getElementById('mask').naturalWidth", lambda width: width == 320)
            assert "infer " in page.tell("document.getElementById('said').textContent")
            assert page.tell("location.search") == ""
            assert "/segment" in page.tell("document.getElementById('lines').textContent")
            (tmp_path / "text.jpg").write_text("hello")
            page.call("DOM.setFileInputFiles", files=[str(tmp_path / "text.jpg")], objectId=node)
            page.wait(
                "document.getElementById('said').textContent", lambda said: said.startswith("the body is no JPEG")
            )
            page.screenshot(tmp_path / "page.png")
        finally:
            process.terminate()
            process.communicate()
