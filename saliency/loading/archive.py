"""Zip files with limits: nothing is unpacked to disk, and no more is read than the file says and than is allowed."""

import stat
import struct
import zipfile
from pathlib import PurePosixPath
from typing import IO

from .refusal import NeedsTrust, Refusal, quoted

MOST_MEMBERS = 20_000  # a policy's weights have one for each tensor
LARGEST_DIRECTORY = 4 * 2**20  # bytes that list the members
END, END_64, LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
END_BYTES, END_64_BYTES, LOCATOR_BYTES, LONGEST_COMMENT = 22, 56, 20, 2**16
LOCAL_HEADER_BYTES = 30
ENCRYPTED = 1


class Archive:
    """
    The members of a zip file.

    :param file: open for reading in binary
    :raises Refusal: if it is damaged, or has what neither SB3 nor torch writes
    """

    def __init__(self, file: IO[bytes]) -> None:
        _check_directory(file)
        try:
            self.zip = zipfile.ZipFile(file)
        except Exception as error:  # damaged bytes make the standard library raise anything
            raise Refusal(f"is damaged: its list of members cannot be read ({type(error).__name__})") from error
        self.members: dict[str, zipfile.ZipInfo] = {}
        for member in self.zip.infolist():
            self._check(member)
            self.members[member.filename] = member
        self._check_overlaps()

    def read(self, name: str, most: int, packed: bool = True) -> bytes:
        """
        A member's bytes.

        :param name: of the member
        :param most: bytes that it may have
        :param packed: whether it may be compressed
        :raises Refusal: if it is missing, damaged or too large
        """
        if name not in self.members:
            raise Refusal(f"lacks the part {quoted(name)}")
        member = self.members[name]
        if member.file_size > most:
            raise NeedsTrust(f"has a part {quoted(name)} of {member.file_size:,} bytes, and at most {most:,} are read")
        if not packed and member.compress_type != zipfile.ZIP_STORED:
            raise Refusal(f"has a compressed part {quoted(name)}, which torch never writes")
        try:
            with self.zip.open(member) as opened:
                data = opened.read(most + 1)
        except Exception as error:  # damaged bytes make zipfile and zlib raise anything
            raise Refusal(f"cannot be read: its part {quoted(name)} is damaged ({type(error).__name__})") from error
        if len(data) != member.file_size:
            raise Refusal(f"is damaged: its part {quoted(name)} has not as many bytes as it says")
        return data

    def _check(self, member: zipfile.ZipInfo) -> None:
        name = quoted(member.filename)
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if member.filename in self.members:
            raise Refusal(f"is damaged: it has the part {name} twice")
        if path.is_absolute() or ".." in path.parts or ":" in member.filename or "\0" in member.orig_filename:
            raise Refusal(f"has a part named {name}, which leads out of the file")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Refusal(f"has a part {name} that is a link")
        if member.flag_bits & ENCRYPTED:
            raise Refusal(f"has an encrypted part {name}")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal(f"has a part {name} that is compressed in an unusual way")

    def _check_overlaps(self) -> None:
        """Members that share bytes are how a small file becomes a huge one."""
        places = sorted((member.header_offset, member.compress_size, member.filename) for member in self.zip.infolist())
        ends = [*(offset for offset, _, _ in places[1:]), self.zip.start_dir]
        for (offset, size, name), end in zip(places, ends, strict=True):
            if offset < 0 or offset + LOCAL_HEADER_BYTES + size > end:
                raise Refusal(f"is damaged: its part {quoted(name)} overlaps with another")


def _check_directory(file: IO[bytes]) -> None:
    """The list of members is read as a whole by zipfile, so its length is looked at first, where zipfile will look."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(size - END_BYTES - LONGEST_COMMENT - LOCATOR_BYTES - END_64_BYTES, 0))
    tail = file.read()
    end = len(tail) - END_BYTES if tail[-END_BYTES:].startswith(END) and tail.endswith(b"\0\0") else tail.rfind(END)
    if end < 0 or len(tail) - end < END_BYTES:
        raise Refusal("is not a .zip, or is damaged; model.save of stable-baselines3 writes a .zip")
    members, listed = struct.unpack("<4s4H2LH", tail[end : end + END_BYTES])[4:6]
    if end >= LOCATOR_BYTES and tail[end - LOCATOR_BYTES : end].startswith(LOCATOR_64):
        start = end - LOCATOR_BYTES - END_64_BYTES
        record = tail[start : start + END_64_BYTES] if start >= 0 else b""
        if not record.startswith(END_64):
            raise Refusal("is damaged: its list of members is not where it says")
        members, listed = struct.unpack("<4sQ2H2L4Q", record)[7:9]
    if members > MOST_MEMBERS or listed > LARGEST_DIRECTORY:
        raise Refusal(f"has more than {MOST_MEMBERS:,} parts")
