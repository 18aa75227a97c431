/**
 * Tensors in the safetensors format, read and written.
 *
 * <p>A file is the length of its header (8 bytes, little-endian), the header (JSON: each tensor's
 * type, shape and place) and the tensors' bytes one after the other, in row-major order. Source:
 * the format description at huggingface.co/docs/safetensors.
 */
package io.github.coconut4j.model.safetensors;
