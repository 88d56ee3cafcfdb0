"""Opens ABC, MIDI and MusicXML files and returns one tune as ABC text.

Start reading at ``opened``, which tells the kinds apart. ``midi_file`` and ``performed`` turn the events of a MIDI file
into bars; ``musicxml_file`` checks a document before music21 reads it, and ``measures`` turns music21's measures into
our elements. ``apart`` does the same in a process that can be ended. May import ``notation`` and ``render``.
"""
