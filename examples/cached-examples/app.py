"""Examples whose results are computed once and kept."""

import time

import gradio as gr
import numpy as np
from PIL import Image

CONSTANTS = {
    "Rabbit": (-0.123, 0.745),
    "Dendrite": (0.0, 1.0),
    "San Marco": (-0.75, 0.0),
    "Siegel disk": (-0.391, -0.587),
}
WIDTH, HEIGHT = 640, 480


def escape_times(constant: complex, steps: int) -> np.ndarray:
    """Steps until each point of the plane leaves the Julia set's neighbourhood."""
    real, imaginary = np.meshgrid(np.linspace(-1.8, 1.8, WIDTH), np.linspace(1.35, -1.35, HEIGHT))
    points = real + 1j * imaginary
    times = np.zeros(points.shape)
    for _ in range(steps):
        inside = np.abs(points) <= 2
        points[inside] = points[inside] ** 2 + constant
        times[inside] += 1
    return times / steps


def julia(real: float, imaginary: float, steps: int) -> Image.Image:
    """Draw the Julia set of z² + c, slowly enough to notice whether it was kept."""
    time.sleep(1)
    shade = escape_times(complex(real, imaginary), int(steps)) ** 0.5
    colours = np.stack([shade**3, shade**1.2, 0.25 + 0.75 * shade], axis=-1)
    return Image.fromarray((255 * np.clip(colours, 0, 1)).astype(np.uint8))


demo = gr.Interface(
    julia,
    inputs=[
        gr.Slider(-2, 2, value=-0.8, step=0.001, label="Real part of c"),
        gr.Slider(-2, 2, value=0.156, step=0.001, label="Imaginary part of c"),
        gr.Slider(10, 200, value=60, step=10, label="Steps"),
    ],
    outputs=gr.Image(format="png", label="Julia set"),
    examples=[[*constant, 60] for constant in CONSTANTS.values()],
    example_labels=list(CONSTANTS),
    cache_examples=True,
    title="Julia sets",
    description="A new picture takes a second. The examples below were drawn when the app started.",
    api_name="julia",
    flagging_mode="never",
)

if __name__ == "__main__":
    demo.launch()
