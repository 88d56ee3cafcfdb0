"""The character model: vocabulary, network, checkpoints, batches, training and scoring."""
