"""Whether simple classifiers can tell the model's tunes from people's: a classifier two-sample test.

A classifier is trained on tunes of both kinds and asked about others. The area under its ROC curve (AUC) is 0.5 where
it cannot tell them apart, and 1 where it always can (Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests",
ICLR 2017). People's training tunes against people's unseen ones give the floor that the same method finds without a
difference.

traits       all that is known of one tune
line         the notes of a tune as they are compared: pitch, degree, place in the bar
runs         counts of short runs of intervals, degrees and durations
figures      some figures of a tune's shape
classifiers  the two classifiers (scikit-learn), and the AUC with its confidence interval
telling      the features that tell most, in words
keys         the distribution of keys
study        the tunes to compare, and the whole test
report       the result as Markdown and JSON
"""
