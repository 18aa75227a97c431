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

/** {@code checkpoint.json}: what a checkpoint's arrays belong to. */
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

  /** Where the run stands. */
  TrainingState state;

  /** Lines of {@code metrics.jsonl} that belong to the state. */
  int metricsLines;

  /** The run's configuration as YAML. */
  String configuration;

  /** Sum of the training and evaluation problems. */
  String problems;

  /** Sum of the tokenizer; null in checkpoints that do not name it. */
  String tokenizer;

  /** Class and fields of the updater; null where it is the configuration's AdamW. */
  String updater;

  /** Class and fields of the learning rate's schedule; null where it is the configuration's. */
  String schedule;

  /** Class and fields of the objective; null where it is the cross-entropy of labelled tokens. */
  String objective;

  /** Sum of the parameters that are not trained, which the checkpoint lacks; null without any. */
  String frozen;

  /** Whether no evaluation before the state was as accurate as the one at it. */
  boolean best;

  /**
   * What the manifests of all checkpoints of a run share.
   *
   * @param problems sum of the problems
   * @param tokenizer sum of the tokenizer
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
