package io.github.coconut4j.model.safetensors;

import java.util.Map;

/**
 * A checked header.
 *
 * @param tensors what the file holds, in the header's order
 * @param metadata the strings under {@code __metadata__}, empty if there are none
 * @param dataStart position in the file of the first tensor's first byte
 */
record Header(Map<String, TensorEntry> tensors, Map<String, String> metadata, long dataStart) {

  /** The header's key that names no tensor. */
  static final String METADATA = "__metadata__";

  /** Bytes of the header's length, with which a file begins. */
  static final int PREFIX_BYTES = 8;

  /** The longest header that the format allows, in bytes. */
  static final long MAX_BYTES = 100_000_000;

  /** What to do about a file that breaks the format. */
  static final String REMEDY =
      "The file is damaged or was written wrongly: fetch or write it anew.";
}
