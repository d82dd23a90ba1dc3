using System.Collections.Immutable;
using Microsoft.ML.Trainers.FastTree;

namespace Bayes.Layers.Uncertainty.Boosting;

/// <summary>A trained sum of trees that can be predicted with after any number of them.</summary>
internal sealed class TreeEnsemble
{
    private readonly double _bias;
    private readonly Tree[] _trees;

    /// <summary>Copies the trees.</summary>
    public TreeEnsemble(RegressionTreeEnsemble trained)
    {
        _bias = trained.Bias;
        _trees = [.. trained.Trees.Zip(trained.TreeWeights, (tree, weight) => new Tree(tree, weight))];
    }

    /// <summary>Number of trees.</summary>
    public int Count => _trees.Length;

    /// <summary>Returns the prediction of a row after each tree.</summary>
    /// <param name="inputs"><c>[rows, columns]</c>.</param>
    /// <param name="row">The row.</param>
    /// <param name="results">Receives the prediction after 1, 2, … trees, as many as fit.</param>
    public void Predict(float[,] inputs, int row, Span<double> results)
    {
        double sum = _bias;
        for (int tree = 0; tree < results.Length; tree++)
        {
            // A training that finds no split any more ends with fewer trees.
            if (tree < _trees.Length)
                sum += _trees[tree].ValueOf(inputs, row);
            results[tree] = sum;
        }
    }

    private sealed class Tree
    {
        private readonly ImmutableArray<int> _left, _right, _columns;
        private readonly ImmutableArray<float> _thresholds;
        private readonly double[] _leaves;

        public Tree(RegressionTree tree, double weight)
        {
            _left = [.. tree.LeftChild];
            _right = [.. tree.RightChild];
            _columns = [.. tree.NumericalSplitFeatureIndexes];
            _thresholds = [.. tree.NumericalSplitThresholds];
            _leaves = [.. tree.LeafValues.Select(value => weight * value)];
        }

        public double ValueOf(float[,] inputs, int row)
        {
            if (_columns.Length == 0)
                return _leaves.Length > 0 ? _leaves[0] : 0;
            int node = 0;
            // A leaf is the complement of its index.
            do
                node = inputs[row, _columns[node]] <= _thresholds[node] ? _left[node] : _right[node];
            while (node >= 0);
            return _leaves[~node];
        }
    }
}
