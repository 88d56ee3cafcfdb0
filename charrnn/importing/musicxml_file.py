"""A MusicXML document's bytes to music21's score, after a check that it is harmless.

MusicXML files commonly name their DTD in a DOCTYPE. It is accepted and never fetched; a DOCTYPE that declares anything
itself is refused, for that is how entities grow without bound or read files.
"""

import io
import struct
import warnings
import zipfile
import zlib
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from charrnn import limits
from charrnn.errors import OpeningError

_ROOTS = ("score-partwise", "score-timewise")
_CONTAINER = "META-INF/container.xml"
_MAX_DEPTH = 64  # of elements: MusicXML nests ten deep


def unpacked(data: bytes) -> bytes:
    """The MusicXML document of a compressed file (.mxl). Raises OpeningError, which does not name the file yet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > limits.MAX_ARCHIVE_MEMBERS:
                raise OpeningError(f"holds {len(members):,} files; at most {limits.MAX_ARCHIVE_MEMBERS} are looked at")
            return _member(archive, _document_name(archive, [member.filename for member in members]))
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError, struct.error) as error:
        raise OpeningError("is a damaged compressed file") from error
    except (NotImplementedError, RuntimeError) as error:  # another compression; a password
        raise OpeningError("is compressed in a way that MusicXML does not allow") from error


def _document_name(archive: zipfile.ZipFile, names: list[str]) -> str:
    """The first root file of the container, or else the first XML file beside it."""
    if _CONTAINER in names:
        root = checked_tree(_member(archive, _CONTAINER))
        found = next((element.get("full-path") for element in root.iter() if element.tag.endswith("rootfile")), None)
        if found in names:
            return str(found)
    for name in names:
        if name.lower().endswith((".xml", ".musicxml")) and not name.startswith("META-INF/"):
            return name
    raise OpeningError("is a compressed file without a MusicXML document")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Never reads more than the bound, whatever the archive says of the size."""
    with archive.open(name) as member:
        content = member.read(limits.MAX_UNPACKED_BYTES + 1)
    if len(content) > limits.MAX_UNPACKED_BYTES:
        raise OpeningError(f"holds a document of more than {limits.MAX_UNPACKED_BYTES:,} bytes")
    return content


def checked_tree(data: bytes) -> ElementTree.Element:
    """The root of a document without entities. Raises OpeningError, which does not name the file yet."""
    _check(data)
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # an encoding that nobody knows
        raise OpeningError(f"is no well-formed XML: {error}") from error


def _check(data: bytes) -> None:
    parser = expat.ParserCreate()
    depth = 0

    def doctype(name: str, system: str | None, public: str | None, has_subset: int) -> None:
        if has_subset:
            raise OpeningError("is XML whose DOCTYPE declares things itself, which is not accepted")

    def entity(*_: object) -> int:
        raise OpeningError("is XML that declares entities, which is not accepted")

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise OpeningError(f"is XML of more than {_MAX_DEPTH} levels, which no music has")

    def end(_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = entity
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise OpeningError(f"is no well-formed XML: {error}") from error


def score_of(data: bytes) -> tuple[Any, ElementTree.Element]:
    """music21's score of a document, and the document's tree. Parts of transposing instruments are moved to the notes
    that sound, but for octaves. Raises OpeningError, which does not name the file yet."""
    root = checked_tree(data)
    if root.tag not in _ROOTS:
        raise OpeningError(f"is XML, but no MusicXML: it begins with <{root.tag[:40]}>")
    root = _by_parts(root) if root.tag == "score-timewise" else root
    try:
        from music21.musicxml.xmlToM21 import MusicXMLImporter
    except ImportError as error:
        raise OpeningError(f"cannot be opened, for music21 cannot be loaded: {error}") from error
    _forget_octaves(root)
    importer = MusicXMLImporter()
    importer.xmlRoot = root
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importer.xmlRootToScore(root, importer.stream)
            if root.find(".//transpose") is not None:
                importer.stream.toSoundingPitch(inPlace=True)
    except Exception as error:  # music21 has no error for what is no music: it raises whatever it meets
        raise OpeningError(f"is MusicXML that cannot be read ({type(error).__name__})") from error
    return importer.stream, root


def _forget_octaves(root: ElementTree.Element) -> None:
    """Guitars and whistles are read as people write for them: an octave above or below the sound."""
    for transpose in root.iter("transpose"):
        for change in transpose.findall("octave-change"):
            transpose.remove(change)


def _by_parts(root: ElementTree.Element) -> ElementTree.Element:
    """A document of measures that hold parts as one of parts that hold measures."""
    made = ElementTree.Element("score-partwise", root.attrib)
    parts: dict[str, ElementTree.Element] = {}
    for child in root:
        if child.tag != "measure":
            made.append(child)
            continue
        for part in child:
            own = parts.setdefault(part.get("id", ""), ElementTree.Element("part", {"id": part.get("id", "")}))
            measure = ElementTree.SubElement(own, "measure", child.attrib)
            measure.extend(part)
    made.extend(parts.values())
    return made
