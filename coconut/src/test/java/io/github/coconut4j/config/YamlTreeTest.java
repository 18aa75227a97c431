package io.github.coconut4j.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

class YamlTreeTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final YAMLMapper JACKSON = new YAMLMapper(YAMLFactory.builder().build());

  /** What SnakeYAML, which resolves aliases and merges, makes of texts that are read alike. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: &x 1\nb: *x",
        "a: &x text\nb: [*x, *x]\nc: {d: *x}",
        "a: &x [1, &y {p: 1}, *y]\nb: *x\nc: *y",
        "a: &x\n  p: 1\nb:\n  <<: *x\n  q: 2",
        "a: &x {p: 1, q: 1}\nb: {q: 2, <<: *x}\nc: {<<: *x, q: 3}",
        "a: &x {p: 1, q: 1}\nb: &y {q: 2, r: 2}\nc: {<<: [*x, *y], s: 3}\nd: {<<: [*y, *x]}",
        "a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y, r: 3}",
        "a: {<<: {p: 1}, q: 2}",
        "a: &x 1\nb: &x 2\nc: *x",
        "a: &x key\n*x : value",
        "&k a: 1\nb: *k",
        "a: &x {p: &y {q: 1}}\nb: {<<: *x, r: *y}",
        "a:\n- &x\n  p: 1\n- <<: *x\n  q: 2\n",
      })
  void resolvesAliasesAndMergeKeys(String yaml) {
    Object expected = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);

    assertThat(YamlTree.parse(yaml)).isEqualTo(JSON.<JsonNode>valueToTree(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: 1\\nb: *x                  | at line 2: there is no anchor &x before *x",
        "a: *x\\nb: &x 1               | at line 1: there is no anchor &x",
        "a: &x {b: *x}                 | at line 1: the anchor x contains itself",
        "a: &x 1\\nb: &x [*x]          | at line 2: the anchor x contains itself",
        "a: {<<: 5}                    | `<<`, which needs a mapping or a list of mappings but is 5",
        "a: {<<: [{}, 5]}              | `<<`, which needs a mapping",
        "a: {<<: }                     | `<<`, which needs a mapping",
        "a: &x {b: 1}\\nc: {<<: *x, <<: *x} | Duplicate field '<<'",
        "a: 1\\nb: 2\\na: 3            | at line 3: Duplicate field 'a'",
        "a: &x y\\n*x : 1\\ny: 2       | at line 3: Duplicate field 'y'",
        "a: 1\\n---\\na: 2             | one YAML document but has another at line 3",
        "a: [1, 2                      | at line 1: while parsing a flow sequence, expected",
      })
  void saysWhereWhatIsWrong(String yaml, String message) {
    assertThatThrownBy(() -> YamlTree.parse(yaml.strip().translateEscapes()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message.strip())
        .hasMessageNotContaining("\n");
  }

  @Test
  void refusesAliasesThatGrowWithoutBounds() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++) {
      bomb.append(
          String.format(
              Locale.ROOT, "a%1$d: &a%1$d [%2$s]\n", i, ("*a" + (i - 1) + ", ").repeat(9)));
    }
    assertThatThrownBy(() -> YamlTree.parse(bomb.toString()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("aliases repeat more than a configuration can need");
    assertThatThrownBy(() -> YamlTree.parse("a: " + "&a [".repeat(60) + "]".repeat(60)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("anchors are nested too deeply");
  }

  /** Of YAML 1.1's scalars we read as Jackson always did. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "no",
        "on",
        "yes",
        "y",
        "True",
        "FALSE",
        "1_000",
        "1e-4",
        "1.0e-4",
        "010",
        "0x1F",
        "0o17",
        "0b11",
        "+1",
        "-1.5",
        "1:30",
        "2001-01-01",
        "~",
        "null",
        "None",
        "",
        "'5'",
        "!!str 5",
        "!!int '5'",
        "!!float 1",
        "1.",
        ".5",
        "=",
        "|\n  text\n",
        "\"<<\"",
        "'*x'",
        "a *b &c",
      })
  void readsScalarsAsJackson(String scalar) throws JsonProcessingException {
    String yaml = "key: " + scalar;

    assertThat(YamlTree.parse(yaml)).isEqualTo(JACKSON.readTree(yaml));
    assertThat(YamlTree.parse("a: &anchor " + scalar + "\nkey: *anchor").get("key"))
        .isEqualTo(YamlTree.parse(yaml).get("key"));
  }

  /** Any text that is written is read as the same text. */
  @Property(tries = 300)
  void textsThatAreWrittenAreReadTheSame(@ForAll("texts") Map<String, String> texts)
      throws JsonProcessingException {
    Assume.that(!texts.containsKey("<<"));
    JsonNode tree = JSON.valueToTree(texts);

    assertThat(YamlTree.parse(ConfigMappers.YAML.writeValueAsString(tree))).isEqualTo(tree);
  }

  @Provide
  Arbitrary<Map<String, String>> texts() {
    String looks =
        "*x &x no on True 1_000 1e-4 010 0x1F 0b11 1:30 2001-01-01 ~ null None << = ? - | > % @ ` ! #"
            + " : a:b a: [x] {x} .inf .nan 1. .5 +1 1.0e-4 x#y *";
    Arbitrary<String> values =
        Arbitraries.oneOf(
            Arbitraries.of(looks.split(" ")),
            Arbitraries.of("", " ", " x", "x ", "a #b", "a: b", "- x", "x\ny", "x\n", "'\"\\"));
    return Arbitraries.maps(Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(8), values)
        .ofMaxSize(6);
  }

  @Test
  void mergedKeysKeepTheirOrder() {
    JsonNode tree = YamlTree.parse("a: &x {p: 1, q: 2}\nb: {r: 1, <<: *x, p: 3}");

    assertThat(
            tree.get("b").properties().stream()
                .map(Map.Entry::getKey)
                .collect(Collectors.joining()))
        .isEqualTo("pqr");
  }
}
