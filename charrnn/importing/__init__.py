"""Files of other programs to tunes: ABC, MIDI, MusicXML, compressed MusicXML.

Start reading at ``opened``, which tells the kinds apart. ``midi_file`` and ``performed`` turn the events of a MIDI file
into bars; ``musicxml_file`` checks a document before music21 reads it, and ``measures`` turns music21's measures into
our elements. ``apart`` does the same in a process that can be ended.
"""
