using System.Text.RegularExpressions;

namespace Bayes.Layers.Tests;

/// <summary>The README's first example is the code below, line by line, and it runs.</summary>
public sealed class ReadmeTests : TorchTest
{
    [Fact]
    public void The_first_example_stands_here_line_by_line()
    {
        string readme = ReadBeside("README.md");
        string example = Regex.Match(readme, "```csharp\r?\n(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        var own = ReadBeside("ReadmeTests.cs.txt").Split('\n').Concat(["using Bayes.Layers;"]).Select(line => line.Trim()).ToHashSet();
        var lines = example.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCountGreaterThan(10);
        lines.Where(line => !line.StartsWith("using static", StringComparison.Ordinal)).Should().BeSubsetOf(own);
    }

    [Fact]
    public void The_first_example_learns_and_knows_what_it_does_not_know()
    {
        var inputs = randn(256, 2);
        var targets = (inputs.sum(1L, keepdim: true) > 0).to(float32);
        var newInputs = tensor(new float[,] { { 2, 2 }, { -2, -2 }, { 8, -8 } });

        var (mean, stddev) = FirstExample(inputs, targets, newInputs);
        mean[0].Should().BeGreaterThan(0.9);
        mean[1].Should().BeLessThan(0.1);
        stddev[2].Should().BeGreaterThan(2 * stddev[0], "on the boundary, far from the data, the functions disagree");
    }

    private static (double[] Mean, double[] Stddev) FirstExample(Tensor inputs, Tensor targets, Tensor newInputs)
    {
        var model = new BayesianSequential(new BayesianLinear(2, 16), nn.Tanh(), new BayesianLinear(16, 1));
        var loss = ElboLoss.Bernoulli(datasetSize: inputs.shape[0]);   // −log p(y | f) + KL / N
        var optimizer = optim.AdamW(model.parameters(), lr: 1e-2);
        for (int step = 0; step < 1000; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            loss.forward(model.Sample(inputs, samples: 4), targets, model.KlDivergence()).backward();
            optimizer.step();
        }

        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, samples: 100).forward(newInputs);
        Console.WriteLine(prediction.Mean.str());              // P(y = 1)
        Console.WriteLine(prediction.EpistemicStddev.str());   // how much the functions disagree
        return (Values(prediction.Mean), Values(prediction.EpistemicStddev));
    }

    private static string ReadBeside(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Readme", name));
}
