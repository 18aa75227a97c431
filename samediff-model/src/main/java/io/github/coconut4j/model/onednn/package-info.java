/**
 * The operations of {@code model.loop} on CPUs, with oneDNN: the only code besides {@code
 * model.memory} that uses native pointers. Not public API.
 */
package io.github.coconut4j.model.onednn;
