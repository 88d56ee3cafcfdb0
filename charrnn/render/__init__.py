"""What a person sees and hears: ``Tune`` to note events, and note events to MIDI."""
