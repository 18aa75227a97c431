package io.github.coconut4j.model.safetensors;

import java.util.Map;

/**
 * A checked header.
 *
 * @param tensors the file's tensors, in the header's order
 * @param metadata the strings under {@code __metadata__}; empty if there are none
 * @param dataStart position in the file of the first tensor's first byte
 */
record Header(Map<String, TensorEntry> tensors, Map<String, String> metadata, long dataStart) {

  /** The only key of the header that is not a tensor. */
  static final String METADATA = "__metadata__";

  /** Number of bytes at the start of a file that contain the header's length. */
  static final int PREFIX_BYTES = 8;

  /** The longest header that the format allows, in bytes. */
  static final long MAX_BYTES = 100_000_000;

  /** The remedy for a malformed file. */
  static final String REMEDY =
      "The file is damaged or was written wrongly: download or write it again.";
}
