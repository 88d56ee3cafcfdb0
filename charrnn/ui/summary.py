"""One line that says what was asked for, such as "Jig in D, AABB, 1".

On a narrow page it stands for the settings once there is a tune, and opens them again; on a wide page it is not shown.
The text and the folding are the browser's (``static/settings/summary.js``, ``static/settings/folding.js``).
"""

import gradio as gr

from charrnn.ui.score import module_script, template_text


def summary_line() -> gr.HTML:
    """The component."""
    return gr.HTML(
        value=None,
        html_template=template_text("settings/summary.html"),
        css_template=template_text("settings/summary.css"),
        js_on_load=module_script("settings/folding.js") + ".then((folding) => folding.mount(element));",
        apply_default_css=False,
        elem_id="summary",
    )
