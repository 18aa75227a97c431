package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Predicate;

/**
 * What architectures with the same files have in common: the keys of their {@code config.json}, and
 * the names, order and shapes of their parameters.
 */
interface Family {

  /** Prefix of every parameter's name except the output embedding's. */
  String prefix();

  /** Name of the token embeddings. */
  String tokenTable();

  /** Tells which tensors of old files, by name without prefix, are buffers and not parameters. */
  Predicate<String> buffers();

  /**
   * Renames a file's keys to those of {@link TransformerConfig}, with the defaults of Hugging
   * Face's class where it omits them.
   *
   * @param json the file's content; it is modified
   * @throws IllegalArgumentException if the file describes an unsupported variant; the message
   *     names the key
   */
  void toInternal(Architecture architecture, ObjectNode json);

  /** Writes the keys that Hugging Face's configuration class reads. */
  void write(TransformerConfig config, ObjectNode json);

  /** Hugging Face's name of an internal key, for messages. */
  String key(String internal);

  /** Adds the parameters in the order in which Hugging Face lists them. */
  void addParameters(TransformerConfig config, LayoutBuilder layout);
}
