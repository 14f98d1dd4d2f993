import os
import socket
import subprocess
import sys

import pytest

from khoyte.edges.process import System, check_port_free, run_up
from khoyte.foundation.errors import ServiceAbsent, WrongUsage


@pytest.fixture
def listener():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_taken_port_is_refused_with_a_way_out(listener):
    with pytest.raises(ServiceAbsent) as raised:
        check_port_free("127.0.0.1", listener)
    assert raised.value.exit_status == 3
    assert raised.value.code == "port-not-free"
    assert f"--port {listener + 1}" in raised.value.say("vi")


def test_a_port_shared_by_a_leftover_server_is_taken_too():
    """granian asks for port sharing; a plain bind must still find the port taken."""
    with socket.socket() as leftover:
        leftover.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        leftover.bind(("127.0.0.1", 0))
        leftover.listen()
        with pytest.raises(ServiceAbsent):
            check_port_free("127.0.0.1", leftover.getsockname()[1])


def test_a_free_port_is_found_free_and_left_free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    check_port_free("127.0.0.1", port)
    check_port_free("127.0.0.1", port)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use low ports")
def test_a_port_for_root_alone_is_explained():
    with pytest.raises(ServiceAbsent, match="Permission denied"):
        check_port_free("127.0.0.1", 80)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_the_demonstration_stays_on_this_machine(tmp_path, host):
    with pytest.raises(WrongUsage, match="demonstration does not listen"):
        run_up(tmp_path, host=host, port=8000, demo=True)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_stops_up_before_anything_is_made(tmp_path, listener):
    with pytest.raises(ServiceAbsent):
        run_up(tmp_path / "home", port=listener)
    assert not (tmp_path / "home").exists()


def test_commands_of_the_system_run_in_its_home_and_role(tmp_path):
    system = System(tmp_path, "http://127.0.0.1:1", {**os.environ, "KHOYTE_HOME": str(tmp_path)})
    system.run("app", "--version")
    with pytest.raises(ServiceAbsent) as raised:
        system.run("app", "no-such-command")
    assert "no-such-command" in raised.value.say("en")


def test_up_on_a_taken_port_ends_with_status_three(tmp_path, listener):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "khoyte",
            "--lang",
            "en",
            "up",
            "--home",
            str(tmp_path),
            "--port",
            str(listener),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3
    assert f"Cannot listen on 127.0.0.1:{listener}" in done.stderr
    assert "Traceback" not in done.stderr
