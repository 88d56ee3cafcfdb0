"""Chords that we would play to well-known tunes of the training music, a bar between two strokes, written by hand from
the melodies and from how dance bands play them, before the automatic chords of these tunes were looked at.

Not the work of a transcriber of these settings: a check that the automatic chords are plausible, and what they are
compared with when they change. By collection, title and key.
"""

GRIDS = {
    "ryansMammoth": {
        ("FLOWERS OF EDINBURG -- REEL", "G"): "G|G|D|D C|G|G C|D|G|G|D|Em|Em|G|C|D|G",
        ("DEVIL'S DREAM -- REEL.", "A"): "A|A|Bm|Bm E|A|A|D A|E A|A|A|Bm|Bm E|A|A|D A|E A",
        ("ARKANSAS TRAVELLER -- REEL", "D"): "D G|A D|A D|D A|D G|A D|D G|A D|D A|D A|D A|D A|D A|D A|D G|A D",
        ("Speed the Plough -- Reel", "A"): "A|A|D A|Bm E|A|A|D A|E A|A|D A|D A|Bm E|A|A D|D A|E A",
        ("OLD ZIP COON -- REEL", "G"): "G|G|G|D|G|G|G D|G|G|G|C|C|C G|G D|G C|D G",
        ("ST. PATRICK'S DAY IN THE MORNING -- JIG", "G"): "G|G|Am G|C|G|G|Am G|D G|G|D G|G|D C|G|D G|G|D C",
    },
    "oneills1850": {
        ("The Soldier's Joy", "D"): "D|D|D|A|D|D|D A|D|D|A|D|A|D|A|D A|D",
        ("Haste to the Wedding", "D"): "D|A D|D|A|D|A G|A|D|D|G|D|A|D|A G|A|D",
        ("Off She Goes!", "D"): "D G|A D|D G|D A|D G|A D|D G|A D|D|G|D|A|D|G|D G|A D",
        ("Fisher's Hornpipe (1st Setting)", "D"): "D G|D G|D G|A|D G|D G|D A|D|A|D|A|A|G|D|G A|D",
        ("Miss McLeod's Reel", "G"): "G|G|G|D|G|G|C|G D|G|G|G|D|G|G|C|G D",
        ("Garryowen", "G"): "C G|G|C G|D|C G|G|G|D|G|G|C|C|G|C G|G|D",
        ("Harvest Home, The", "D"): "D|D A|A|A|D|D A|D A|D|A D|A D|A|A|D|D A|D A|D",
        ("The Boys of Bluehill", "D"): "D|G A|D A|D G|D|G A|D A|D|D|G|D A|D G|D|G A|D A|D",
        ("Drowsy Maggie", "Em"): "Em|Em D|Em|G D|Em|Em D|Em|G D|D A|D A|D A|G D|D A|D A|D A|G D",
    },
    "airdsAirs": {
        ("The Irish Washerwoman.", "G"): "G|G|Am|Am D|G|G|C D|G|G|G|F|F|C G|C G|C D|G",
        ("The white Cockade.", "G"): "G|G|G|D|G|D G|G D|G|G|G|G|D|G|D G|G D|G",
    },
}
