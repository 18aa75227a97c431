package io.github.coconut4j.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Predicate;

/**
 * What architectures with the same files have in common: the keys of their {@code config.json}, and
 * the names, order and shapes of their parameters.
 */
interface Family {

  /** Begins the name of every parameter but the output embedding. */
  String prefix();

  /** Name of the token embeddings. */
  String tokenTable();

  /** Whether old files hold tensors of that name, less its prefix, that are no parameters. */
  Predicate<String> buffers();

  /**
   * Renames a file's keys to those of {@link TransformerConfig}, with the defaults of Hugging
   * Face's class where it omits them.
   *
   * @param json the file's content, changed
   * @throws IllegalArgumentException if a variant is asked for that is not computed here; the
   *     message names the key
   */
  void toInternal(Architecture architecture, ObjectNode json);

  /** Writes the keys that Hugging Face's class reads. */
  void write(TransformerConfig config, ObjectNode json);

  /** Hugging Face's name of an internal key, for messages. */
  String key(String internal);

  /** Adds the parameters in the order in which Hugging Face lists them. */
  void addParameters(TransformerConfig config, LayoutBuilder layout);
}
