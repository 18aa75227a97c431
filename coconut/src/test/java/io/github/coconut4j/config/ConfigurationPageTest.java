package io.github.coconut4j.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.node.NullNode;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/Configuration.md lists the keys that a run takes, with their defaults and choices. */
class ConfigurationPageTest {

  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z_.]+)` \\| (.+?) \\| (.+) \\|$", Pattern.MULTILINE);

  /** Mappings, whose keys have rows of their own. */
  private static final Map<String, Class<?>> MAPPINGS =
      Map.of("lora", LoraSettings.class, "early_stopping", EarlyStoppingSettings.class);

  private record Row(String key, String value, String meaning) {}

  private static Map<String, Row> rows() throws IOException {
    String page = Files.readString(Path.of("../docs/Configuration.md"));
    return ROW.matcher(page)
        .results()
        .map(row -> new Row(row.group(1), row.group(2), row.group(3)))
        .collect(Collectors.toMap(Row::key, row -> row));
  }

  private static JsonNode defaults() throws IOException {
    TrainingConfig config = TrainingConfig.builder().method(Method.COCONUT).assemble();
    return ConfigMappers.YAML.readTree(ConfigFile.toYaml(config));
  }

  private static Stream<Field> fields(Class<?> settings) {
    return Arrays.stream(settings.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic());
  }

  private static String key(Field field) {
    return new SnakeCaseStrategy().translate(field.getName());
  }

  static List<Field> choices() {
    return fields(TrainingConfig.class).filter(field -> field.getType().isEnum()).toList();
  }

  @Test
  void listsEveryKeyAndNoOther() throws IOException {
    Stream<String> plain =
        fields(TrainingConfig.class)
            .map(ConfigurationPageTest::key)
            .filter(key -> !MAPPINGS.containsKey(key));
    Stream<String> inMappings =
        MAPPINGS.entrySet().stream()
            .flatMap(
                mapping ->
                    fields(mapping.getValue()).map(field -> mapping.getKey() + "." + key(field)));

    assertThat(rows().keySet())
        .containsExactlyInAnyOrderElementsOf(Stream.concat(plain, inMappings).toList());
  }

  @Test
  void hasTheDefaultOfEveryKey() throws IOException {
    JsonNode defaults = defaults();
    for (Row row : rows().values()) {
      if (row.key().contains(".") || row.key().equals("method")) {
        continue;
      }
      JsonNode written =
          row.value().equals("none")
              ? NullNode.getInstance()
              : ConfigMappers.YAML.readTree(row.value().replace("`", ""));
      assertThat(written).as(row.key()).isEqualTo(defaults.get(row.key()));
    }
  }

  @ParameterizedTest
  @MethodSource("choices")
  void namesEveryChoice(Field field) throws IOException {
    Row row = rows().get(key(field));
    List<String> written =
        Pattern.compile("`([^`]+)`")
            .matcher(row.value() + row.meaning())
            .results()
            .map((MatchResult choice) -> choice.group(1))
            .toList();
    assertThat(written)
        .containsAll(
            Arrays.stream(field.getType().getEnumConstants())
                .map(choice -> ConfigMappers.YAML.valueToTree(choice).asText())
                .toList());
  }
}
