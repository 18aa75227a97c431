package io.github.coconut4j.train;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import lombok.Builder;
import lombok.Value;
import lombok.With;
import lombok.extern.jackson.Jacksonized;

/** {@code checkpoint.json}: describes the run and state that a checkpoint's arrays belong to. */
@Value
@With
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
class CheckpointManifest {

  static final String FILE = "checkpoint.json";
  static final int VERSION = 1;

  static final ObjectMapper JSON = JsonMapper.builder().build();

  /** Version of this format. */
  int version;

  /** Version of the library that wrote it. */
  String library;

  /** State of the run. */
  TrainingState state;

  /** Number of lines of {@code metrics.jsonl} up to the state. */
  int metricsLines;

  /** The run's configuration as YAML. */
  String configuration;

  /** Checksum of the training and evaluation problems. */
  String problems;

  /** Checksum of the tokenizer; null in checkpoints without it. */
  String tokenizer;

  /** Class and fields of the updater; null if it is the configuration's AdamW. */
  String updater;

  /** Class and fields of the learning rate schedule; null if it is the configuration's. */
  String schedule;

  /** Class and fields of the objective; null if it is the cross-entropy of labelled tokens. */
  String objective;

  /** Checksum of the frozen parameters, which are not in the checkpoint; null if there are none. */
  String frozen;

  /** Whether the evaluation at this state is more accurate than all earlier ones. */
  boolean best;

  /**
   * The common part of the manifests of a run's checkpoints.
   *
   * @param problems checksum of the problems
   * @param tokenizer checksum of the tokenizer
   */
  static CheckpointManifest ofRun(TrainingConfig config, String problems, String tokenizer) {
    return builder()
        .version(VERSION)
        .library(CheckpointManifest.class.getPackage().getImplementationVersion())
        .configuration(ConfigFile.toYaml(config))
        .problems(problems)
        .tokenizer(tokenizer)
        .build();
  }
}
