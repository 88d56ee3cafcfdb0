"""One character at a time through a trained network, several times faster than calling it.

``network(ids, state)`` is the plain version and the oracle in the tests. It is slow for single characters, because
oneDNN repacks the weights of ``nn.LSTM`` at every call; ``lstm_cell`` does not.
"""

import torch
from torch import Tensor

from charrnn.model.network import CharLSTM, State


class Stepper:
    """A network set up for stepping. Holds no state: any number of tunes may share one."""

    def __init__(self, network: CharLSTM) -> None:
        self.network = network
        lstm = network.lstm
        self.layers = [
            tuple(getattr(lstm, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            for layer in range(lstm.num_layers)
        ]

    @torch.inference_mode()
    def __call__(self, ids: Tensor, state: State, temperature: float = 1.0) -> tuple[Tensor, State]:
        """Logits (B, V) of the characters after ``ids`` (B,), and the state: as the network gives them in eval mode."""
        output = self.network.embedding(ids)
        hidden, cell = [], []
        for layer, weights in enumerate(self.layers):
            output, memory = torch.lstm_cell(output, (state.hidden[layer], state.cell[layer]), *weights)
            hidden.append(output)
            cell.append(memory)
        state = State(torch.stack(hidden), torch.stack(cell), state.keys, state.ids)
        logits, state = self.network.predict(output[:, None], ids[:, None], state, temperature)
        return logits[:, 0], state
