package io.github.coconut4j.report;

import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.TreeNode;
import java.awt.Color;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws a latent search tree: parents above children, each node has the model's value after the
 * thoughts of as many steps as its distance from the root, and is darker for a larger share of its
 * level.
 */
public final class SearchTreeSvg {

  private static final int BOX_WIDTH = 96;
  private static final int BOX_HEIGHT = 40;
  private static final int COLUMN = 112;
  private static final int LEVEL = 92;
  private static final int MARGIN = 16;

  /** Width of the labels at the left of a level. */
  private static final int LABELS = 110;

  /** Number of characters of a node's name that fit into its box. */
  private static final int LONGEST_NAME = 13;

  /** Largest number of nodes drawn in a level; those with the largest values are drawn. */
  private static final int WIDEST = 7;

  private static final Color LIGHT = new Color(0xF4F1FB);
  private static final Color DARK = new Color(0x6A4FB3);

  private final StringBuilder svg = new StringBuilder();
  private final SearchTree tree;
  private final int width;
  private Map<String, Integer> centres = new HashMap<>();

  private SearchTreeSvg(SearchTree tree) {
    this.tree = tree;
    int widest = tree.getLevels().stream().mapToInt(level -> drawn(level).size()).max().orElse(1);
    width = LABELS + COLUMN * Math.max(2, widest) + MARGIN;
  }

  /** The picture as an SVG document. */
  public static String of(SearchTree tree) {
    return new SearchTreeSvg(tree).draw();
  }

  private String draw() {
    int height = LEVEL * tree.getLevels().size() + BOX_HEIGHT + 2 * MARGIN;
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n",
            width, height, width, height));
    svg.append(format("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", width, height));
    int middle = LABELS + (width - LABELS - MARGIN) / 2;
    box(middle, MARGIN, tree.getRoot(), "asked about", Color.WHITE, true);
    centres.put(tree.getRoot(), middle);
    for (int level = 1; level <= tree.getLevels().size(); level++) {
      drawLevel(level, tree.getLevels().get(level - 1));
    }
    return svg.append("</svg>\n").toString();
  }

  private void drawLevel(int number, List<TreeNode> level) {
    List<TreeNode> nodes = drawn(level);
    int top = MARGIN + LEVEL * number;
    label(tree.thoughts(number), top, level.size() - nodes.size());
    Map<String, Integer> below = new HashMap<>();
    int span = (width - LABELS - MARGIN) / nodes.size();
    for (int i = 0; i < nodes.size(); i++) {
      TreeNode node = nodes.get(i);
      int centre = LABELS + span * i + span / 2;
      below.put(node.getName(), centre);
      node.getParents().stream()
          .filter(centres::containsKey)
          .forEach(parent -> edge(centres.get(parent), top, centre, node.isLeadsToTarget()));
      box(centre, top, node.getName(), valueOf(node), shade(node.getShare()), onPath(node));
    }
    centres = below;
  }

  /** The nodes with the largest values, ordered to be near their parents. */
  private List<TreeNode> drawn(List<TreeNode> level) {
    return level.stream()
        .sorted(Comparator.comparing(TreeNode::getValue).reversed())
        .limit(WIDEST)
        .sorted(Comparator.comparing(this::meanOfParents))
        .toList();
  }

  private double meanOfParents(TreeNode node) {
    return node.getParents().stream()
        .filter(centres::containsKey)
        .mapToInt(centres::get)
        .average()
        .orElse(width);
  }

  private void label(int thoughts, int top, int left) {
    text(MARGIN, top + 16, "start", thoughts + (thoughts == 1 ? " thought" : " thoughts"), "#555");
    if (left > 0) {
      text(MARGIN, top + 32, "start", left + " more nodes", "#999");
    }
  }

  private void edge(int fromX, int toY, int toX, boolean onPath) {
    svg.append(
        format(
            "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"%s\"/>\n",
            fromX,
            toY - LEVEL + BOX_HEIGHT,
            toX,
            toY,
            onPath ? "#2e8b57" : "#bbb",
            onPath ? "2" : "1"));
  }

  private void box(int centre, int top, String name, String line, Color fill, boolean onPath) {
    String stroke = onPath ? "#2e8b57" : "#bbb";
    svg.append(
        format(
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" stroke=\"%s\""
                + " stroke-width=\"%s\"/>\n",
            centre - BOX_WIDTH / 2,
            top,
            BOX_WIDTH,
            BOX_HEIGHT,
            hex(fill),
            stroke,
            onPath ? "2" : "1"));
    String ink = fill.getGreen() < 150 ? "#fff" : "#222";
    String shown = Markup.shortened(name, LONGEST_NAME);
    text(centre, top + 17, "middle", name.equals(tree.getTarget()) ? shown + " ✓" : shown, ink);
    text(centre, top + 33, "middle", line, ink);
  }

  private void text(int x, int y, String anchor, String text, String colour) {
    svg.append(
        format(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
            x, y, anchor, colour, Markup.escaped(text)));
  }

  private static boolean onPath(TreeNode node) {
    return node.isLeadsToTarget();
  }

  private static String valueOf(TreeNode node) {
    return node.getValue() < 0.001 ? "< 0.001" : format("%.3f", node.getValue());
  }

  private static Color shade(double share) {
    return new Color(
        mixed(LIGHT.getRed(), DARK.getRed(), share),
        mixed(LIGHT.getGreen(), DARK.getGreen(), share),
        mixed(LIGHT.getBlue(), DARK.getBlue(), share));
  }

  private static int mixed(int light, int dark, double share) {
    return (int) Math.round(light + (dark - light) * share);
  }

  private static String hex(Color colour) {
    return format("#%06x", colour.getRGB() & 0xFFFFFF);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
