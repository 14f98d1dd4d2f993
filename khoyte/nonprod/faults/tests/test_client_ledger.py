import json
import threading

from khoyte.nonprod.faults.client_ledger import ClientLedger, OutgoingFile, read_ledger
from khoyte.nonprod.faults.files import generated_files


def outgoing(tmp_path, text: str) -> OutgoingFile:
    path = tmp_path / f"{text}.xml"
    path.write_text(text)
    return OutgoingFile.of(path, "99001", 2)


def test_the_ledger_says_what_was_sent_and_what_was_answered(tmp_path):
    ledger = ClientLedger(tmp_path / "ledger.jsonl")
    first, second = outgoing(tmp_path, "first"), outgoing(tmp_path, "second")
    ledger.intend(first)
    ledger.answered(first.key, 503, None)
    ledger.intend(second)
    ledger.answered(first.key, 202, "id-1")
    ledger.answered(second.key, 0, None)
    ledger.close()
    one, two = read_ledger(tmp_path / "ledger.jsonl")
    assert (one.key, one.sha256, one.dossiers, one.facility) == (first.key, first.sha256, 2, "99001")
    assert (one.statuses, one.ids, one.acknowledged) == ([503, 202], {"id-1"}, True)
    assert (two.statuses, two.ids, two.acknowledged) == ([0], set(), False)


def test_a_file_meant_to_be_sent_again_keeps_its_answers(tmp_path):
    ledger = ClientLedger(tmp_path / "ledger.jsonl")
    file = outgoing(tmp_path, "same")
    for submission in ("id-1", "id-2"):
        ledger.intend(file)
        ledger.answered(file.key, 202, submission)
    ledger.close()
    (sent,) = read_ledger(tmp_path / "ledger.jsonl")
    assert sent.ids == {"id-1", "id-2"}


def test_the_same_bytes_have_the_same_key_and_others_another(tmp_path):
    assert outgoing(tmp_path, "a").key == outgoing(tmp_path, "a").key
    assert outgoing(tmp_path, "a").key != outgoing(tmp_path, "b").key


def test_several_threads_write_whole_lines(tmp_path):
    ledger = ClientLedger(tmp_path / "ledger.jsonl")
    files = [outgoing(tmp_path, f"file-{number}") for number in range(40)]

    def write(part: list[OutgoingFile]) -> None:
        for file in part:
            ledger.intend(file)
            ledger.answered(file.key, 202, file.key)

    threads = [threading.Thread(target=write, args=(files[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert len(lines) == 80
    assert all(sent.acknowledged for sent in read_ledger(tmp_path / "ledger.jsonl"))


def test_generated_files_are_enough_different_and_in_turns(tmp_path):
    files = generated_files(50, ["99001", "99002"], tmp_path, seed=5)
    assert len(files) >= 50
    assert len({file.sha256 for file in files}) == len(files)
    assert {files[0].facility, files[1].facility} == {"99001", "99002"}
    assert all(file.dossiers >= 1 for file in files)
