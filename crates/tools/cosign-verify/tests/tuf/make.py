"""Writes the repositories beside this file: pip install tuf==7.0.1 securesystemslib[crypto]; python make.py

The keys are made anew and forgotten. The root is rotated once, so that a client has to follow the chain.
"""

import shutil
from datetime import datetime, timezone
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

HERE = Path(__file__).parent
LATE = datetime(2126, 1, 1, tzinfo=timezone.utc)
PAST = datetime(2020, 1, 1, tzinfo=timezone.utc)
ROLES = ["root", "timestamp", "snapshot", "targets"]


def write(folder: Path, name: str, metadata: Metadata) -> None:
    metadata.to_file(str(folder / name), JSONSerializer(compact=False))


def make(name: str, timestamp_expires: datetime) -> None:
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "targets").mkdir(parents=True)
    signers = {role: CryptoSigner.generate_ecdsa() for role in ROLES}
    root = Root(version=1, expires=LATE, consistent_snapshot=True)
    for role in ROLES:
        root.add_key(signers[role].public_key, role)
    first = Metadata(root)
    first.sign(signers["root"])
    write(folder, "1.root.json", first)

    newer = CryptoSigner.generate_ecdsa()
    root.revoke_key(signers["root"].public_key.keyid, "root")
    root.add_key(newer.public_key, "root")
    root.version = 2
    second = Metadata(root)
    second.sign(signers["root"])
    second.sign(newer, append=True)
    write(folder, "2.root.json", second)

    content = HERE / "trusted_root.json"
    target = TargetFile.from_file("trusted_root.json", str(content))
    digest = target.hashes["sha256"]
    shutil.copy(content, folder / "targets" / f"{digest}.trusted_root.json")
    targets = Metadata(Targets(version=1, expires=LATE, targets={"trusted_root.json": target}))
    targets.sign(signers["targets"])
    write(folder, "1.targets.json", targets)
    snapshot = Metadata(Snapshot(version=1, expires=LATE, meta={"targets.json": MetaFile(1)}))
    snapshot.sign(signers["snapshot"])
    write(folder, "1.snapshot.json", snapshot)
    timestamp = Metadata(Timestamp(version=1, expires=timestamp_expires, snapshot_meta=MetaFile(1)))
    timestamp.sign(signers["timestamp"])
    write(folder, "timestamp.json", timestamp)


make("current", LATE)
make("expired", PAST)
