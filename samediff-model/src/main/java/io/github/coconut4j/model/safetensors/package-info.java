/**
 * Reading and writing tensors in the safetensors format.
 *
 * <p>A file is the length of its header (8 bytes, little-endian), the header (JSON: each tensor's
 * type, shape and range of bytes) and the tensors' bytes in row-major order. Source: the format
 * description at huggingface.co/docs/safetensors.
 */
package io.github.coconut4j.model.safetensors;
