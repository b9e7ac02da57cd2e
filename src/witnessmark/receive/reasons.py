"""Why something that was found was not sealed. The words stand in receipts: see docs/spec/receipt.md."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Each refusal has one of these, and the receipt explains it in a sentence."""

    SYMLINK = "symlink"
    DEVICE = "device"
    SOCKET = "socket"
    FIFO = "fifo"
    UNREADABLE = "unreadable"
    UNREADABLE_FOLDER = "unreadable_folder"
    FOLDER_LOOP = "folder_loop"
    CHANGED_WHILE_READ = "changed_while_read"
    TOO_LARGE = "too_large"
    HARDLINK = "hardlink"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    UNSUPPORTED_METHOD = "unsupported_method"
    UNSUPPORTED_ARCHIVE = "unsupported_archive"
    ARCHIVE_RATIO = "archive_ratio"
    ARCHIVE_COUNT = "archive_count"
    ARCHIVE_SIZE = "archive_size"
    ARCHIVE_DEPTH = "archive_depth"
    PATH_DEPTH = "path_depth"
    UNPACKER_FAILED = "unpacker_failed"


EXPLANATIONS: dict[Reason, str] = {
    Reason.SYMLINK: "A pointer to another place. Its content, if it lies in the source, is found there.",
    Reason.DEVICE: "A device file: it stands for hardware and has no content of its own.",
    Reason.SOCKET: "A socket: a channel between programs, without content.",
    Reason.FIFO: "A named pipe: a channel between programs, without content.",
    Reason.UNREADABLE: "The system could not read it (the code says why; EIO means a failing disk).",
    Reason.UNREADABLE_FOLDER: "A folder that could not be listed: what lies in it is not counted.",
    Reason.FOLDER_LOOP: "A folder that contains itself; it was met once already.",
    Reason.CHANGED_WHILE_READ: "It changed while being read, twice: no single content can be vouched for.",
    Reason.TOO_LARGE: "A member of an archive beyond the size allowed for one member.",
    Reason.HARDLINK: "A second name for a member of the same archive; the content is found under the first.",
    Reason.ENCRYPTED: "Locked with a password. The archive itself is sealed.",
    Reason.DAMAGED: "Its bytes in the archive are damaged or cut off. The archive itself is sealed.",
    Reason.UNSUPPORTED_METHOD: "Packed by a method that is not supported. The archive itself is sealed.",
    Reason.UNSUPPORTED_ARCHIVE: "A kind of archive that is not unpacked. The archive itself is sealed.",
    Reason.ARCHIVE_RATIO: "It would swell beyond any honest ratio (a bomb). The archive itself is sealed.",
    Reason.ARCHIVE_COUNT: "The archive holds more members than allowed. The archive itself is sealed.",
    Reason.ARCHIVE_SIZE: "The archive would unpack to more than allowed. The archive itself is sealed.",
    Reason.ARCHIVE_DEPTH: "An archive within archives, deeper than allowed. It is sealed, not unpacked.",
    Reason.PATH_DEPTH: "It lies deeper in folders of the archive than allowed. The archive itself is sealed.",
    Reason.UNPACKER_FAILED: "The sandboxed unpacker ended on this archive. The archive itself is sealed.",
}
