package io.github.coconut4j.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.LoggedEvents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {

  /** The keys and values of the published implementation's args/prosqa_coconut.yaml. */
  private static final String PUBLISHED =
      """
      project: coconut
      save_path: YOUR_PATH_TO_SAVE_THE_MODEL
      name: prosqa-coconut
      only_eval: False
      coconut: True
      cot: False
      no_thoughts: False
      no_cot: False
      c_thought: 1
      epochs_per_stage: 5
      max_latent_stage: 6
      pad_latent_to_max: True
      save_only_improve: False
      uniform_prob: 0.0
      model_id: openai-community/gpt2
      load_model_path: None
      seed: 0
      resume: 0
      bf16: False
      train_path: data/prosqa_train.json
      val_path: data/prosqa_valid.json
      reset_optimizer: True
      batch_size_training: 32
      debug: False
      gradient_accumulation_steps: 1
      num_epochs: 50
      lr: !!float "1e-4"
      weight_decay: 0.01
      """;

  @Test
  void readsThePublishedKeysAsTheyAreMeant() {
    TrainingConfig config = ConfigFile.parse("prosqa.yaml", PUBLISHED).toTrainingConfig();

    assertThat(config.getMethod()).isEqualTo(Method.COCONUT);
    assertThat(config.getLr()).isEqualTo(1e-4);
    assertThat(config.getLoadModelPath()).isNull();
    assertThat(config.getResetOptimizer()).isEqualTo(ResetOptimizer.EPOCH);
    assertThat(config.getPrecision()).isEqualTo(Precision.FLOAT32);
    assertThat(config.getModelId()).isEqualTo("openai-community/gpt2");
    assertThat(config.getNumEpochs()).isEqualTo(50);
    assertThat(config.isPadLatentToMax()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "cot, COT",
    "no_cot, NO_COT",
    "no_thoughts, NO_THOUGHTS",
  })
  void booleansChooseTheMethod(String key, Method method) {
    ConfigFile file = ConfigFile.parse("args.yaml", PUBLISHED).set(key + "=True");

    assertThat(file.toTrainingConfig().getMethod()).isEqualTo(method);
  }

  @ParameterizedTest
  @CsvSource({
    "reset_optimizer, stage, STAGE",
    "reset_optimizer, false, NEVER",
    "reset_optimizer, True, EPOCH",
  })
  void readsBothReadingsOfResetOptimizer(String key, String value, ResetOptimizer reading) {
    ConfigFile file = ConfigFile.parse("args.yaml", PUBLISHED).set(key + "=" + value);

    assertThat(file.toTrainingConfig().getResetOptimizer()).isEqualTo(reading);
  }

  @Test
  void listsIgnoredKeysOnceAndSaysHowPublishedRunsBatch() {
    List<String> messages;
    try (LoggedEvents log = LoggedEvents.of(ReferenceKeys.class)) {
      ConfigFile.parse("prosqa.yaml", PUBLISHED).toTrainingConfig();
      ConfigFile.parse("prosqa.yaml", PUBLISHED)
          .set("gradient_accumulation_steps=4")
          .set("project=null")
          .toTrainingConfig();
      messages = log.messages();
    }

    assertThat(messages)
        .satisfiesExactly(
            ignored -> assertThat(ignored).endsWith("ignored: project"),
            batch ->
                assertThat(batch)
                    .contains("takes 32 sequences", "take 128", "gradient_accumulation_steps=4"));
  }

  @Test
  void acceptsNumbersWrittenAsTextAndBf16() {
    ConfigFile file =
        ConfigFile.parse("args.yaml", PUBLISHED).set("lr='3e-4'").set("seed='7'").set("bf16=True");

    TrainingConfig config = file.toTrainingConfig();

    assertThat(config.getLr()).isEqualTo(3e-4);
    assertThat(config.getSeed()).isEqualTo(7);
    assertThat(config.getPrecision()).isEqualTo(Precision.BF16);
  }

  @Test
  void suggestsTheNearestKeyForAnUnknownOne() {
    ConfigFile file = ConfigFile.parse("args.yaml", PUBLISHED + "epoch_per_stage: 3\n");

    assertThatThrownBy(file::toTrainingConfig)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("args.yaml")
        .hasMessageContaining("`epoch_per_stage`")
        .hasMessageContaining("Did you mean `epochs_per_stage`?");
  }

  @Test
  void namesAllUnknownKeysAtOnce() {
    ConfigFile file =
        ConfigFile.parse("args.yaml", PUBLISHED + "epoch_per_stage: 3\nqqq: 1\nzzz: {}\n")
            .set("learning_rate=3");

    assertThatThrownBy(file::toTrainingConfig)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`epoch_per_stage` is no key of a training configuration. Did you")
        .hasMessageContaining("`qqq` is no key of a training configuration. Remove it; known keys")
        .hasMessageContaining("`zzz` is no key of a training configuration. Remove it.")
        .hasMessageContaining("`learning_rate` is no key of a training configuration.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lr=fast                 | `lr`                  ",
        "lr=-1                   | `lr` needs            ",
        "cycles=[0.5, 1]         | `cycles` are shares of `stage_steps`",
        "eval_latents=-1         | `eval_latents` needs  ",
        "batch_size_training=0   | `batch_size_training` ",
        "batch_size_training=2.5 | `batch_size_training` ",
        "augment=1               | `augment`             ",
        "uniform_prob=1.5        | `uniform_prob`        ",
        "stage_steps=[5, 0]      | `stage_steps`         ",
        "n_embd=66               | `n_embd` needs a multiple of `n_head`",
        "lr_schedule=polynomial  | `lr_schedule`         ",
        "lr_schedule=2           | `lr_schedule`         ",
        "reset_optimizer=always  | `reset_optimizer`     ",
        "cot=maybe               | `cot`                 ",
        "method=no_cot           | One method            ",
        "train_path=             | `train_path`          ",
        "resume=50               | `resume`              ",
        "keep_checkpoints=0      | `keep_checkpoints`    ",
        "max_grad_norm=0         | `max_grad_norm`       ",
        "name={a: 1}             | `name`                ",
        "threads=[1]             | `threads`             ",
        "halt=learnt             | `halt` needs one of   ",
        "n_layer=two             | `n_layer` needs a whole number from -2147483648 to 2147483647"
            + " but is \"two\"",
        "n_layer=2.5             | `n_layer` needs a whole number from",
        "n_layer=99999999999     | `n_layer` needs a whole number from",
        "seed=1.5                | `seed` needs a whole number of 64 bits but is 1.5",
        "lora=3                  | `lora` needs a mapping of keys to values but is 3",
        "lora={r: x}             | `lora.r` needs a whole number",
        "lora={target_modules: [q_proj, {a: 1}]} | `lora.target_modules[1]` needs a text but is"
            + " {\"a\":1}",
        "frozen=3                | `frozen` needs a list but is 3",
        "frozen=[wte, {a: 2}]    | `frozen[1]` needs a text but is {\"a\":2}",
        "augment=maybe           | `augment` needs true or false but is \"maybe\"",
        "uniform_prob=maybe      | `uniform_prob` needs a number but is \"maybe\"",
        "lr=.nan                 | `lr` needs a number but is \".nan\"",
        "lr=-.inf                | `lr` needs a number but is \"-.inf\"",
        "lr=1e400                | `lr` needs a finite number of at least 0 but is Infinity",
        "weight_decay=-1e30      | `weight_decay` needs a finite number of at least 0 but is"
            + " -1.0E30",
        "lr=1e39                 | `lr` needs a number that float32 can hold, at most"
            + " 3.4028235E38 but is 1.0E39",
        "initializer_range=1e300 | `initializer_range` needs a number that float32 can hold",
        "max_grad_norm=1e-300    | `max_grad_norm` needs a number that is above 0 in float32 too,"
            + " but is 1.0E-300",
        "teacher_weight=1e300    | `teacher_weight` needs a number that float32 can hold",
        "lora={alpha: 1e-300}    | `lora.alpha` needs a number that is above 0 in float32 too",
        "resume=2147483647       | `resume` needs at most 1000000000 but is 2147483647",
        "cycles=[.NaN, 1]        | `cycles[0]` needs a number but is \".NaN\"",
        "method=[no_cot]         | `method` needs the name of one method but is [\"no_cot\"]",
        "weights=fp8             | `weights` needs one of float32, bf16 but is \"fp8\"",
      })
  void refusesValuesWithTheKeyInTheMessage(String assignment, String message) {
    ConfigFile file = ConfigFile.parse("args.yaml", PUBLISHED).set(assignment);

    assertThatThrownBy(file::toTrainingConfig)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message.strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[0.01, 1]", "[0.5, 0.501, 1]", "[4.9e-324, 1]"})
  void refusesCyclesWithoutAnUpdate(String cycles) {
    ConfigFile file = ConfigFile.parse("args.yaml", PUBLISHED).set("stage_steps=[9, 9]");
    file.set("cycles=" + cycles);

    assertThatThrownBy(file::toTrainingConfig)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`cycles` needs at least one update a cycle");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|mapping of keys to values but is empty",
        "- 1|but is a list",
        "a: [|YAML",
        "a: 1\\na: 2|YAML",
        "text|but is one value"
      })
  void refusesWhatIsNoMapping(String yaml, String message) {
    assertThatThrownBy(() -> ConfigFile.parse("x.yaml", yaml.translateEscapes()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("x.yaml")
        .hasMessageContaining(message);
  }

  @Test
  void writesEveryKeySuchThatReadingGivesTheSame(@TempDir Path directory) throws IOException {
    TrainingConfig config =
        ConfigFile.parse("args.yaml", PUBLISHED)
            .set("stage_steps=[10, 20]")
            .set("max_grad_norm=1.0")
            .toTrainingConfig();
    Path file = directory.resolve("config.yaml");

    ConfigFile.write(config, file);

    assertThat(ConfigFile.read(file).toTrainingConfig()).isEqualTo(config);
    assertThat(Files.readString(file)).contains("method: coconut", "reset_optimizer: true");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "coconut | none | none | 0",
        "coconut | sequential | none | 0",
        "coconut | parallel | none | 3",
        "coconut | parallel | 1 | 1",
        "coconut | Parallel | 7 | 7",
        "cot | sequential | none | 0"
      })
  void latentsAreRefinedAsOftenAsTheFileSays(
      String method, String latents, String iterations, int expected) {
    assertThat(latents(method, latents, iterations).thoughtSettings().getLatentIterations())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "cot | parallel | none | `latents` needs a method with latents but is parallel with"
            + " `method: cot`.",
        "pause_as_thought | parallel | 2 | `latents` needs a method with latents",
        "coconut | none | 3 | `latent_iterations` needs `latents: parallel`",
        "coconut | sequential | 3 | `latent_iterations` needs `latents: parallel`",
        "cot | none | 3 | `latent_iterations` needs `latents: parallel`",
        "coconut | parallel | 0 | `latent_iterations` needs a finite number of at least 1 but is 0",
        "coconut | parallel | -4 | `latent_iterations` needs a finite number of at least 1",
        "coconut | parallel | 1000001 | `latent_iterations` needs at most 1000000",
        "coconut | parallel | 2.5 | latent_iterations",
        "coconut | parallel | many | latent_iterations",
        "coconut | jacobi | none | latents"
      })
  void latentsThatCannotBeRefinedSoAreRefused(
      String method, String latents, String iterations, String message) {
    assertThatThrownBy(() -> latents(method, latents, iterations))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  private static TrainingConfig latents(String method, String latents, String iterations) {
    return ConfigFile.parse(
            "test",
            "train_path: prosqa:8:1\nmethod: "
                + method
                + (latents == null ? "" : "\nlatents: " + latents)
                + (iterations == null ? "" : "\nlatent_iterations: " + iterations))
        .toTrainingConfig();
  }

  @Test
  void builderRefusesWhatAFileMayNotSay() {
    assertThatThrownBy(() -> TrainingConfig.builder().method(Method.COT).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`train_path`");
  }

  /** They would be dropped without a word. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "answer_prefix=#### | #### | answer_prefix=\"####\"",
        "name=run #2 | run #2 | name=\"run #2\"",
        "name='a' #2 | 'a' #2 | name=\"'\\''a'\\'' #2\"",
        "name=C:\\new #1 | C:\\new #1 | name=\"C:\\\\new #1\"",
        "name=\"a\" # 2 | \"a\" # 2 | name=\"\\\"a\\\" # 2\"",
        "stage_steps=[1, 2] # two | [1, 2] # two | stage_steps=\"[1, 2] # two\""
      })
  void valuesWithCommentsAreRefused(String assignment, String value, String remedy) {
    ConfigFile file = ConfigFile.parse("args.yaml", PUBLISHED);

    assertThatThrownBy(() -> file.set(assignment))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("got `" + value + "`, where # begins one")
        .hasMessageContaining("--set '" + remedy + "'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "name=\"run #2\" | run #2",
        "name='#2' | #2",
        "name=run#2 | run#2",
        "name=\"###\" | ###"
      })
  void otherSignsOfNumbersArePartOfTheValue(String assignment, String name) {
    assertThat(
            ConfigFile.parse("args.yaml", PUBLISHED).set(assignment).toTrainingConfig().getName())
        .isEqualTo(name);
  }

  @Test
  void anEmptyValueIsTheDefault() {
    ConfigFile file = ConfigFile.parse("args.yaml", PUBLISHED);

    assertThat(file.set("name= ").values().get("name").isNull()).isTrue();
  }
}
