/**
 * The latent loop over passes and layers, written once for all devices: a device implements {@link
 * io.github.coconut4j.model.loop.Device} and {@link
 * io.github.coconut4j.model.loop.LayerOperations}.
 */
package io.github.coconut4j.model.loop;
