package io.github.coconut4j.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import lombok.RequiredArgsConstructor;

/** Kinds of files that are not training configurations, recognised by a key that only they have. */
@RequiredArgsConstructor
enum ForeignFile {
  RACE(
      "race",
      "a race",
      "Run it with `./coconut4j race --config FILE`; `./coconut4j quickstart` runs"
          + " recipes/quickstart.yaml. To train one of its methods, copy the file without `race` and"
          + " with `method`, say `method: coconut`."),
  SEARCH(
      "search",
      "a search",
      "Run it with `./coconut4j tune --config FILE`. To train without a search, copy the file"
          + " without `search`."),
  MODEL(
      "model_type",
      "a model's config.json",
      "Name the model's directory in a training configuration, as `model_id` or"
          + " `load_model_path`."),
  COCONUT(
      "special_tokens",
      "a model's coconut.json",
      "Name the model's directory in a training configuration, as `model_id` or"
          + " `load_model_path`.");

  private final String key;
  private final String name;
  private final String remedy;

  /** The kind of a file with these keys; empty if it may be a training configuration. */
  private static Optional<ForeignFile> of(Collection<String> keys) {
    return Arrays.stream(values()).filter(kind -> keys.contains(kind.key)).findFirst();
  }

  /**
   * Rejects a file of another kind.
   *
   * @throws ConfigException naming the kind and the command that accepts it
   */
  static void refuse(Collection<String> keys) {
    of(keys)
        .ifPresent(
            kind -> {
              throw new ConfigException(
                  "A training configuration is needed but `%s` makes the file %s. %s"
                      .formatted(kind.key, kind.name, kind.remedy));
            });
  }
}
