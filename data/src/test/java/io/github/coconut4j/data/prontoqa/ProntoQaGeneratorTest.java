package io.github.coconut4j.data.prontoqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.ReasoningProblem;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProntoQaGeneratorTest {

  private static final Pattern RULE =
      Pattern.compile("(?:Every |Each )?(\\w+?)(?:es are| is) (not )?(?:an? )?(\\w+)\\.");
  private static final List<ReasoningProblem> PROBLEMS =
      new ProntoQaGenerator(ProntoQaOptions.builder().seed(1).build()).generate(2000);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 12})
  void answersFollowFromTheRulesOfTheQuestion(int hops) {
    ProntoQaOptions options = ProntoQaOptions.builder().hops(hops).seed(2).build();
    for (ReasoningProblem problem : new ProntoQaGenerator(options).generate(200)) {
      assertThat(deduce(problem.getQuestion())).isEqualTo(problem.getAnswer());
      assertThat(problem.getSteps()).hasSize(hops + 1);
    }
  }

  @Test
  void writesChainsAsThePublishedImplementationPairsThem() {
    assertThat(PROBLEMS)
        .allSatisfy(
            problem -> {
              assertThat(problem.getSteps()).hasSize(6);
              String[] question = problem.getQuestion().split(" True or false: ", -1);
              for (String step : problem.getSteps().subList(0, 5)) {
                assertThat(question[0]).contains(step.substring(step.indexOf(". ") + 2));
              }
              assertThat(question[0])
                  .endsWith(problem.getSteps().get(0).replaceAll("(?<=\\.).*", ""));
              String conclusion = problem.getSteps().get(5);
              assertThat(conclusion.equals(question[1]))
                  .isEqualTo(problem.getAnswer().equals("True"));
            });
  }

  /** Neither the answer's share nor what the question looks like gives the answer away. */
  @Test
  void leavesNoShortcut() {
    assertThat(share("True", "")).isCloseTo(0.5, within(0.04));
    assertThat(share("True", "True or false: \\w+ is not ")).isCloseTo(0.5, within(0.06));
    for (ReasoningProblem problem : PROBLEMS) {
      String question = problem.getQuestion();
      String property = question.replaceAll(".* (\\w+)\\.$", "$1");
      assertThat(question.split(" " + property + "\\.", -1))
          .as("a rule, one that says the opposite, the statement")
          .hasSize(4);
    }
  }

  @Test
  void endsBothLinesAlike() {
    for (ReasoningProblem problem : PROBLEMS) {
      String property = problem.getQuestion().replaceAll(".* (\\w+)\\.$", "$1");
      String rules = problem.getQuestion().split(" True or false: ", -1)[0];
      Matcher matcher = RULE.matcher(rules);
      while (matcher.find()) {
        if (matcher.group(3).equals(property)) {
          String concept = singular(matcher.group(1));
          assertThat(rules).containsPattern("(is an? |are )" + concept + "(es)?\\.");
        }
      }
    }
  }

  @Test
  void equalSeedsGiveEqualProblemsAndOthersDoNot() {
    assertThat(new ProntoQaGenerator(ProntoQaOptions.builder().seed(1).build()).generate(50))
        .isEqualTo(PROBLEMS.subList(0, 50));
    assertThat(new ProntoQaGenerator(ProntoQaOptions.builder().seed(2).build()).next())
        .isNotEqualTo(PROBLEMS.get(0));
    assertThat(new HashSet<>(PROBLEMS)).hasSize(2000);
  }

  @Test
  void refusesOptionsOutsideTheirRange() {
    assertThatThrownBy(() -> ProntoQaOptions.builder().hops(13).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found 13");
    assertThatThrownBy(() -> new ProntoQaGenerator(ProntoQaOptions.builder().build()).generate(-1))
        .hasMessageContaining("found -1");
  }

  private static double share(String answer, String pattern) {
    Pattern search = Pattern.compile(pattern);
    List<ReasoningProblem> chosen =
        PROBLEMS.stream().filter(p -> search.matcher(p.getQuestion()).find()).toList();
    long hits = chosen.stream().filter(p -> p.getAnswer().equals(answer)).count();
    return (double) hits / chosen.size();
  }

  /** Forward chaining over the text, apart from the generator. */
  private static String deduce(String question) {
    String[] parts = question.split(" True or false: ", -1);
    Map<String, Set<String>> consequences = new HashMap<>();
    Matcher matcher = RULE.matcher(parts[0]);
    while (matcher.find()) {
      String negation = matcher.group(2) == null ? "" : "not ";
      consequences
          .computeIfAbsent(singular(matcher.group(1)), key -> new HashSet<>())
          .add(negation + singular(matcher.group(3)));
    }
    Matcher statement = RULE.matcher(parts[1]);
    assertThat(statement.matches()).isTrue();
    Set<String> known = new HashSet<>(Set.of(singular(statement.group(1))));
    boolean grew = true;
    while (grew) {
      grew = false;
      for (String fact : List.copyOf(known)) {
        grew |= known.addAll(consequences.getOrDefault(fact, Set.of()));
      }
    }
    String property = statement.group(3);
    boolean negated = statement.group(2) != null;
    boolean affirmedHolds = known.contains(property);
    boolean negatedHolds = known.contains("not " + property);
    assertThat(affirmedHolds).isNotEqualTo(negatedHolds);
    return negated == negatedHolds ? "True" : "False";
  }

  private static String singular(String word) {
    return word.toLowerCase(Locale.ROOT).replaceAll("puses$", "pus");
  }
}
