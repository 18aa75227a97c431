package io.github.coconut4j.data.prontoqa;

import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The rules of one problem: a chain of concepts, each a kind of the next and each with a property,
 * the last with the property in question; and a second chain of the same length, unrelated to the
 * person, that ends in the opposite property. So only following the first chain tells which of the
 * two ends is valid.
 */
final class Ontology {

  /** Properties that exclude one another are in one list; a chain uses at most one of each list. */
  private static final List<List<String>> PROPERTIES =
      List.of(
          List.of("blue", "red", "brown", "orange"),
          List.of("small", "large"),
          List.of("metallic", "wooden", "luminous", "liquid"),
          List.of("transparent", "opaque"),
          List.of("nervous", "happy", "feisty", "shy"),
          List.of("bright", "dull"),
          List.of("sweet", "sour", "spicy", "bitter"),
          List.of("floral", "fruity", "earthy"),
          List.of("hot", "cold", "temperate"),
          List.of("kind", "mean", "angry", "amenable", "aggressive"),
          List.of("melodic", "muffled", "discordant", "loud"),
          List.of("slow", "moderate", "fast"),
          List.of("windy", "sunny", "overcast", "rainy", "snowy"));

  private final RandomGenerator random;
  private final List<String> concepts;
  private final List<String> rules = new ArrayList<>();
  private final List<String> chain = new ArrayList<>();
  private final String conclusionProperty;
  private final boolean conclusionHolds;

  /** Samples the rules for a chain of {@code hops} rules about {@code person}. */
  Ontology(int hops, String person, RandomGenerator random) {
    this.random = random;
    concepts = shuffled(ProsQaNames.published().getConcepts());
    List<List<String>> families = shuffled(PROPERTIES);
    conclusionProperty = element(families.get(0));
    conclusionHolds = random.nextBoolean();
    chain.add(isA(person, concepts.get(0)));
    for (int level = 0; level < hops; level++) {
      addConcept(level, level == hops - 1, person, families);
    }
    addDistractors(concepts.subList(hops, 2 * hops), families);
  }

  /** A sentence about {@code person} with the property of the conclusion. */
  String statement(String person, boolean affirmed) {
    return person + " is " + (affirmed ? "" : "not ") + conclusionProperty + ".";
  }

  boolean conclusionHolds() {
    return conclusionHolds;
  }

  /** Every rule, in random order. */
  List<String> shuffledRules() {
    return shuffled(rules);
  }

  /** The given fact, then each rule and its conclusion. */
  List<String> chain() {
    return chain;
  }

  private void addConcept(int level, boolean last, String person, List<List<String>> families) {
    String concept = concepts.get(level);
    if (last) {
      addLink(
          propertyRule(concept, conclusionProperty, conclusionHolds),
          statement(person, conclusionHolds));
    } else {
      String parent = concepts.get(level + 1);
      addLink(membershipRule(concept, parent), isA(person, parent));
      rules.add(propertyRule(concept, element(families.get(level + 1)), random.nextBoolean()));
    }
  }

  private void addDistractors(List<String> line, List<List<String>> families) {
    for (int i = 0; i + 1 < line.size(); i++) {
      rules.add(membershipRule(line.get(i), line.get(i + 1)));
      rules.add(propertyRule(line.get(i), element(families.get(i + 1)), random.nextBoolean()));
    }
    rules.add(propertyRule(line.get(line.size() - 1), conclusionProperty, !conclusionHolds));
  }

  private void addLink(String rule, String consequence) {
    rules.add(rule);
    chain.add(rule);
    chain.add(consequence);
  }

  private String membershipRule(String concept, String parent) {
    return switch (random.nextInt(3)) {
      case 0 -> "Every " + concept + " is " + withArticle(parent) + ".";
      case 1 -> "Each " + concept + " is " + withArticle(parent) + ".";
      default -> plural(concept) + " are " + parent + "es.";
    };
  }

  private String propertyRule(String concept, String property, boolean affirmed) {
    String predicate = (affirmed ? "" : "not ") + property + ".";
    return switch (random.nextInt(3)) {
      case 0 -> "Every " + concept + " is " + predicate;
      case 1 -> "Each " + concept + " is " + predicate;
      default -> plural(concept) + " are " + predicate;
    };
  }

  private static String isA(String person, String concept) {
    return person + " is " + withArticle(concept) + ".";
  }

  private static String withArticle(String concept) {
    return ("aeiou".indexOf(concept.charAt(0)) >= 0 ? "an " : "a ") + concept;
  }

  private static String plural(String concept) {
    return Character.toUpperCase(concept.charAt(0)) + concept.substring(1) + "es";
  }

  private <T> T element(List<T> elements) {
    return elements.get(random.nextInt(elements.size()));
  }

  private <T> List<T> shuffled(List<T> elements) {
    List<T> shuffled = new ArrayList<>(elements);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      Collections.swap(shuffled, i, random.nextInt(i + 1));
    }
    return shuffled;
  }
}
