"""Every cap on what a person or program may send, and on the work that it causes, each with its reason.
Nothing here depends on the rest of the package.

What the training music needs stands beside the caps in ``python -m charrnn corpus --extremes``: its longest tune has
2,439 characters, the busiest plays 1,084 notes, and the slowest takes 316 seconds.
"""

# Text that comes in
MAX_SEED_CHARACTERS = 2_000  # all but two tunes of the training music, with all their lines
MAX_SEED_LINES = 100  # the whole tune has to stay within MAX_ABC_LINES
MAX_ABC_CHARACTERS = 20_000  # one tune to read; the parser is linear, so this bounds its time
MAX_ABC_LINES = 400  # the same, for text of many short lines
MAX_FIELD_CHARACTERS = 200  # a title longer than a line helps nobody
MAX_CHORD_CHARACTERS = 60  # of a chord symbol: "Bbm7b5/Ab(Gbmaj7)" has 18; a longer text is words
MAX_FILE_BYTES = 64 * 1024 * 1024  # a corpus file read into memory at once
MAX_INDEX_BYTES = 256 * 1024 * 1024  # of an index of passages, unpacked: fifty times the shipped one
MAX_REPORTED_PROBLEMS = 50  # nobody reads more; stops error lists from growing with the damage

# Music
MAX_DIGITS = 4  # digits in any number: a 5,000-digit length must not become an integer
MAX_LENGTH_DENOMINATOR = 64  # A/64; keeps sums of exact fractions short, for any text
MAX_NOTE_LENGTH = 16  # whole notes: the longest held note that is still music
MAX_OCTAVE_MARKS = 5  # beyond it no MIDI pitch exists
MAX_CHORD_NOTES = 8
MAX_GRACES = 16  # before one note: the longest gracing of a pipe tune has nine
MAX_DECORATIONS = 8  # of one note, and as many texts: no page has room for more
MAX_TUPLET = 9  # (2 to (9, as the standard has them, and what the sampler writes
MAX_TUPLET_NOTES = 32  # p, q and r in (p:q:r: a run of that many notes fills a bar
MAX_ENDING = 9
MAX_VOICES = 15  # beside the first: as many as a MIDI file has channels
MAX_OVERLAYS = 4  # layers in one bar beside the first: more than two are hardly ever written
MAX_PARTS = 64  # that an order such as P:((AB)3C)2 plays: three times the longest set of variations
MAX_PLAYED = 200_000  # elements of a tune in the order of playing: one of as many signs as can be, nine times
MAX_VERSES = 20  # under a line of notes: more do not fit on a page
MAX_SLURS = 4  # that begin, or end, at one note: more are no music
MAX_METER_NUMERATOR = 32
METER_DENOMINATORS = (1, 2, 4, 8, 16, 32)
MAX_UNIT_DENOMINATOR = 64  # L:1/64
# Quarter notes a minute; outside it a file plays as silence or as noise. The training music has 20 to 360, but for two
# tunes whose Q:60 counts sixteenths, a slip of their transcriber's: these are left out.
MIN_TEMPO, MAX_TEMPO = 20, 400
MAX_EVENTS = 10_000  # sounding notes with repeats written out: nine times the longest tune here
MAX_SECONDS = 600  # of sound: twice the slowest air of the training music
MAX_ENGRAVED_NOTES = 2_000  # notes, of chords and graces too, and rests: the longest tune has 725
MAX_SIGNS = 4_000  # of a tune on the page, of all kinds: three times the longest tune. What is beyond is not shown
MAX_DRAWING_SECONDS = 0.8  # of processor time for one picture on a server: the longest tune takes a fifth of it
MAX_WEIGHT_DRAWN_HERE = 1_500  # of a picture that the page's own process draws, in 0.1 s: a hundred bars of reels

# A visitor's own book on the page
MAX_BOOK_KEPT = 200  # tunes; as in ui/static/panels/tunebook.js
MAX_SET_TUNES = 4  # played one after the other, as musicians do
MAX_BOOK_AUDIO = 20  # tunes as MP3: a minute each, and a second of work
MAX_BOOK_SECONDS = 60  # for one file of a book; 200 tunes as PDF take ten of processor time
MAX_BOOK_BYTES = 40_000_000  # of a zip: MAX_BOOK_AUDIO tunes of two minutes
MAX_BOOKS, MAX_BOOKS_WAITING = 1, 4  # files of books made at once, and waiting

MAX_BOOK_TUNES = 1_000  # of a PDF: the largest collection here has 1,059, and each takes 40 ms to draw

# Music that the sampler writes; what a person writes may go further
MAX_SAMPLED_CHORD_NOTES = 4  # as many strings as a fiddle has
MAX_SAMPLED_LENGTH = 64  # unit lengths in one note: the longest bar of the training music has 24
MAX_SAMPLED_OCTAVE_MARKS = 1  # C, to b': four octaves, which hold all of the training music
MAX_FORM_BARS = 32  # in a part
MAX_FORM_PARTS = 8
MAX_CAPO = 7  # fret of a capo: beyond it few frets are left
MAX_SEMITONES = 24  # to transpose at once: two octaves either way, beyond which no voice or fiddle follows

# Sampling
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 2.0  # 0 is allowed too and means the most probable character
MAX_REPETITION = 3.0  # either way; there the pointer copies twenty times as readily, or not at all
MAX_LENGTH = 4_000  # characters to generate: twice the longest tune
MIN_SHARED, MAX_SHARED = 4, 64  # notes of a passage to steer away from: every tune shares 4, and 64 are half a tune
MAX_SEED_NUMBER = 2**31 - 1  # fits every generator and a person's eye
MAX_COUNT = 100_000  # tunes in one command
MAX_WORKERS = 1_024  # processes of one command on a machine: more than it has cores
MAX_TRIES = 8  # of each bar: a tune takes as many times as long, and more are hardly ever better
MAX_CANDIDATES = 16  # tunes in one batch: a page shows no more side by side, and a step of them is still fast
MAX_COMPRESSION = 4.0  # by zlib; music that compresses better goes round in circles: no tune of the corpus is over 3.5
MAX_SECONDS_PER_REQUEST = 30  # wall clock of one request, but for what it waits for its turn

MAX_READ_CHARACTERS = 6_000  # of a tune that the model reads whole, to look inside or to rework it: as long as the
# longest that is composed; the time to look back grows with the square, to three seconds here

# Files that are opened
MAX_OPENED_BYTES = 1_000_000  # a tune's MusicXML has a tenth of it, its MIDI file a hundredth
MAX_UNPACKED_BYTES = 4_000_000  # of a document in a compressed file: what music21 reads within the seconds
MAX_ARCHIVE_MEMBERS = 100  # files in a compressed one: a document, its container, pictures of pages
MAX_OPENING_SECONDS = 10  # of processor time for one file; a tune takes half a second
MAX_OPENED_TUNES = 500  # of an ABC book, to choose one from: the largest collection here has twice as many
MAX_OPENED_BARS = 2_000  # of a MIDI file; in one that is damaged, a second may hold millions
MAX_OPENINGS_A_MINUTE = 30  # for one address
MAX_OPENING = 2  # files opened at once, each in a process of 150 MB

# Serving
MAX_QUEUE = 80  # requests to the model, let in or waiting; the next one is told to try again: it would wait too long
MAX_SESSIONS = 256  # visitors that the server remembers something of, 80 KB each
MAX_UPLOAD = "1mb"  # nothing is uploaded; this is gradio's own limit, but our server refuses uploads
MAX_UPLOAD_BYTES = 1_000_000  # the same
MAX_REQUEST_BYTES = 4_000_000  # of one request: a long tune with its picture, as Stop sends it, has one million
MAX_RUNNING_MODEL = 64  # requests to the model that are let in: the engine writes so many first tunes in half a second
# Of these, how many have their turn: other candidates, ranking and drawing, changes to a tune and looks inside take
# more time, and with many at once all would come late.
MAX_TURNS = 8
# For one address, which may be an office or a school. Addresses of this machine are not counted: a proxy that does not
# say for whom it asks speaks for everybody.
MAX_AT_ONCE = 8  # generations running or waiting
MAX_A_MINUTE = 120  # generations: a person who clicks at once when a tune is there makes forty
MAX_LOOKS_A_MINUTE = 600  # pictures, files and other keys, which take a few milliseconds each
MAX_DESK, MAX_DESK_WAITING = 2, 8  # of these at once, and waiting
MAX_CONNECTIONS = 2_048  # open at once: four for each of 512 visitors
HEAD_SECONDS, BODY_SECONDS = 10, 30  # for a request's head to be there, and then its body, over a slow line too
KEEP_ALIVE_SECONDS = 30  # for the next request on a connection
MAX_HEAD_BYTES = 32_768  # of a request: an address with a tune in it has 16,000
MAX_THREADS = 96  # of the server: one for each request to the model that is let in, picture, file and book
HEALTH_SECONDS = 60  # how long one fault is held against the server where no later request has gone well
