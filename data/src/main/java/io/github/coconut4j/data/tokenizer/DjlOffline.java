package io.github.coconut4j.data.tokenizer;

import ai.djl.util.Utils;

/**
 * Keeps DJL off the network: by default it reports each start to its authors, and on a machine with
 * a GPU it downloads another build of the tokenizers than the one in its jar. What the user has set
 * stands.
 */
final class DjlOffline {

  private DjlOffline() {}

  static void ensure() {
    setUnlessSet("OPT_OUT_TRACKING", "true");
    setUnlessSet("RUST_FLAVOR", "cpu");
  }

  private static void setUnlessSet(String property, String value) {
    if (Utils.getEnvOrSystemProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
