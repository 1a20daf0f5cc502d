"""Downloads from a server on this machine: mirrors, resume, hashes, faults."""

import gzip
import http.server
import json
import threading
from pathlib import Path

import pytest

from symbolnet.artifact import sha256
from symbolnet.data.readers import fetch as module
from symbolnet.data.readers.fetch import DOWNLOADS, Download, check_reachable, fetch
from symbolnet.errors import InputError
from symbolnet.pipeline.stages.fetch_data import fetch_data

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

NAME = "hls4ml_LHCjet_150p_val.tar.gz"
CONTENT = gzip.compress(bytes(i * i % 251 for i in range(300_000)) * 5, mtime=0)


class Server(http.server.ThreadingHTTPServer):
    """A file server whose faults the tests choose, by path."""

    content = CONTENT
    version = '"one"'
    break_after: int | None = None
    ignore_ranges = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str | None]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `/file` with ranges, `/other` with other bytes, `/page` with HTML; else 404."""

    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers.get("Range")))
        pages = {"/file": self.server.content, "/page": b"<html>log in</html>"}
        pages["/other"] = gzip.compress(b"another file")
        if self.path not in pages:
            return self.send_error(404)
        self._send(pages[self.path], self._start(len(pages[self.path])))

    def _start(self, size: int) -> int:
        same = self.headers.get("If-Range") == self.server.version
        if not same or self.server.ignore_ranges:
            return 0
        return int(self.headers.get("Range", "bytes=0-").split("=")[1].rstrip("-"))

    def _send(self, content: bytes, start: int) -> None:
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            return self.end_headers()
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.server.version:
            self.send_header("ETag", self.server.version)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop, self.server.break_after = self.server.break_after, None
        self.wfile.write(content[start:] if stop is None else content[start : start + stop])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def mirrors(server, monkeypatch):
    """Let the tests choose the addresses of a published file."""
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(module, "_BLOCK", 1000)

    def choose(*paths: str) -> None:
        urls = tuple(path if "://" in path else server.url(path) for path in paths)
        monkeypatch.setitem(DOWNLOADS, NAME, Download("the page", b"\x1f\x8b", urls))

    return choose


@pytest.fixture
def places(tmp_path) -> tuple[Path, Path]:
    return tmp_path / "downloads" / NAME, tmp_path / "config" / "downloads.lock.json"


def _fetch(places) -> list[str]:
    lines: list[str] = []
    fetch(*places, lines.append)
    return lines


def _recorded(lock: Path, content: bytes) -> None:
    lock.parent.mkdir(parents=True)
    lock.with_suffix(".tmp").write_bytes(content)
    entry = {"sha256": sha256(lock.with_suffix(".tmp")), "size": len(content)}
    lock.write_text(json.dumps({NAME: entry}))


def test_first_download_is_recorded(places, mirrors):
    mirrors("/file")
    lines = _fetch(places)
    path, lock = places
    assert path.read_bytes() == CONTENT
    assert json.loads(lock.read_text())[NAME] == {"sha256": sha256(path), "size": len(CONTENT)}
    assert sorted(path.parent.iterdir()) == [path]
    assert any("MB/s" in line for line in lines)


def test_second_download_must_match(places, mirrors, server):
    mirrors("/file")
    _fetch(places)
    places[0].unlink()
    server.content = gzip.compress(b"changed")
    with pytest.raises(InputError) as error:
        _fetch(places)
    hashes = [json.loads(places[1].read_text())[NAME]["sha256"], "by hand"]
    assert all(text in str(error.value) for text in hashes)
    assert list(places[0].parent.iterdir()) == []


def test_error_names_both_hashes(places, mirrors, tmp_path):
    _recorded(places[1], b"\x1f\x8bexpected")
    mirrors("/file")
    (tmp_path / "found").write_bytes(CONTENT)
    with pytest.raises(InputError, match=sha256(tmp_path / "found")) as error:
        _fetch(places)
    assert "\n" not in str(error.value) and "the page" in str(error.value)
    assert sha256(places[1].with_suffix(".tmp")) in str(error.value)


def test_broken_connection_is_resumed(places, mirrors, server):
    mirrors("/file")
    server.break_after = 2000
    lines = _fetch(places)
    assert places[0].read_bytes() == CONTENT
    assert server.requests == [("/file", None), ("/file", "bytes=2000-")]
    assert any("IncompleteRead" in line for line in lines)


def _stopped(places, mirrors, server, size=2000) -> None:
    """Leave a partial download, as a killed job does."""
    mirrors("/file", "http://127.0.0.1:1/closed")

    def killed(line: str) -> None:
        if "IncompleteRead" in line:
            raise KeyboardInterrupt

    server.break_after = size
    with pytest.raises(KeyboardInterrupt):
        fetch(*places, killed)
    assert not places[0].exists()
    server.requests.clear()


def test_killed_download_is_resumed_by_the_next_run(places, mirrors, server):
    _stopped(places, mirrors, server)
    _fetch(places)
    assert places[0].read_bytes() == CONTENT
    assert server.requests == [("/file", "bytes=2000-")]
    assert sorted(places[0].parent.iterdir()) == [places[0]]


def test_changed_file_is_not_mixed_with_the_old_part(places, mirrors, server):
    _stopped(places, mirrors, server)
    server.content, server.version = gzip.compress(b"new version" * 999), '"two"'
    _fetch(places)
    assert places[0].read_bytes() == server.content


def test_other_mirror_does_not_resume_the_part_of_the_first(places, mirrors, server):
    _stopped(places, mirrors, server)
    mirrors("/other")
    _fetch(places)
    assert gzip.decompress(places[0].read_bytes()) == b"another file"
    assert server.requests == [("/other", None)]


@pytest.mark.parametrize("change", [{"version": ""}, {"ignore_ranges": True}])
def test_server_that_cannot_resume_starts_again(places, mirrors, server, change):
    vars(server).update(change)
    mirrors("/file")
    server.break_after = 2000
    _fetch(places)
    assert places[0].read_bytes() == CONTENT


def test_complete_part_is_not_downloaded_again(places, mirrors, server):
    _stopped(places, mirrors, server)
    part = places[0].with_name(f".{NAME}.partial")
    part.write_bytes(CONTENT)
    _fetch(places)
    assert places[0].read_bytes() == CONTENT and len(server.requests) == 1


def test_part_longer_than_the_file_is_dropped(places, mirrors, server):
    _stopped(places, mirrors, server)
    places[0].with_name(f".{NAME}.partial").write_bytes(CONTENT + b"more")
    _fetch(places)
    assert places[0].read_bytes() == CONTENT


def test_mirrors_are_tried_in_turn(places, mirrors, server):
    mirrors("http://127.0.0.1:1/closed", "/missing", "/page", "/file")
    lines = _fetch(places)
    assert places[0].read_bytes() == CONTENT
    assert any("404" in line for line in lines) and any("another kind" in line for line in lines)


def test_wrong_file_of_one_mirror_is_passed_over(places, mirrors):
    _recorded(places[1], CONTENT)
    mirrors("/other", "/file")
    _fetch(places)
    assert places[0].read_bytes() == CONTENT


def test_no_network_says_where_to_put_the_file(places, mirrors):
    mirrors("http://127.0.0.1:1/closed")
    with pytest.raises(InputError, match="by hand") as error:
        _fetch(places)
    assert str(places[0]) in str(error.value) and "refused" in str(error.value)
    assert not places[0].exists() and not places[1].exists()


def test_file_put_by_hand_is_recorded_and_then_checked(places, mirrors, server):
    mirrors("/file")
    places[0].parent.mkdir()
    places[0].write_bytes(CONTENT)
    _fetch(places)
    assert server.requests == []
    places[0].write_bytes(CONTENT + b"x")
    with pytest.raises(InputError, match="remove"):
        _fetch(places)
    assert places[0].exists()


def test_login_page_put_by_hand_is_refused(places, mirrors):
    mirrors("/file")
    places[0].parent.mkdir()
    places[0].write_bytes(b"<html>")
    with pytest.raises(InputError, match="another kind of file"):
        _fetch(places)
    assert not places[1].exists()


def test_damaged_lock_is_reported(places, mirrors):
    mirrors("/file")
    places[1].parent.mkdir()
    for text in ("{", '{"x": {"sha256": 1, "size": 2}}', "[]"):
        places[1].write_text(text)
        with pytest.raises(InputError, match=r"downloads\.lock\.json"):
            _fetch(places)


def test_full_disk_keeps_the_part_and_says_so(places, mirrors, monkeypatch):
    mirrors("/file")

    def full(*_: object):
        yield CONTENT[:100]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_reported", full)
    with pytest.raises(InputError, match="No space left"):
        _fetch(places)
    assert not places[0].exists()


def test_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(InputError, match="150p_train"):
        fetch_data(tmp_path / "mnist.gz", tmp_path / "lock.json")


def test_stage_downloads(places, mirrors, capsys):
    mirrors("/file")
    fetch_data(*places)
    assert places[0].read_bytes() == CONTENT and "MB/s" in capsys.readouterr().out


def test_what_no_mirror_has_is_named_before_work_starts(places, mirrors, tmp_path):
    here = tmp_path / "hls4ml_lhc_jets_hlf.parquet"
    here.write_bytes(b"PAR1")
    mirrors("/none", "/file")
    check_reachable([here, places[0]])
    assert not places[0].exists()
    mirrors("/none", "http://127.0.0.1:9/file")
    with pytest.raises(InputError) as fault:
        check_reachable([here, places[0]])
    text = str(fault.value)
    assert f"put them into {places[0].parent} by hand: {NAME} of the page" in text
    assert "\n" not in text and here.name not in text
