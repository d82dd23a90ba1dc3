using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using Bayes.Layers.Soak;

namespace Bayes.Layers.Tests.Reliability;

/// <summary>A short soak, and the conditions that end it.</summary>
public sealed class SoakTests : TorchTest
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public void Every_layer_posterior_prior_likelihood_and_estimator_is_in_the_soak()
    {
        var found = new HashSet<Type>();
        foreach (var each in SoakCases.All.OfType<TrainedCase>())
        {
            using var model = each.CreateModel();
            using var loss = each.CreateLoss();
            found.Add(loss.Likelihood.GetType());
            found.Add(each.Estimator.GetType());
            Find(model);
        }
        foreach (var each in SoakCases.All.OfType<MethodCase>())
        {
            var (_, owned) = each.Fit(each.CreateInput(), each.CreateTarget(), 1);
            foreach (var module in owned)
            {
                Find(module);
                module.Dispose();
            }
        }
        // Predictions use named draws and the mean.
        found.UnionWith([typeof(PosteriorDraws), typeof(PosteriorMean)]);
        typeof(BayesianLinear).Assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && new[] { typeof(BayesianModule), typeof(Prior), typeof(Likelihood), typeof(Estimator),
                typeof(WeightPosterior), typeof(PosteriorFamily) }.Any(kind => type.IsSubclassOf(kind)))
            .Where(type => !found.Contains(type)).Should().BeEmpty("the soak has a case of each");

        void Find(nn.Module model)
        {
            foreach (var module in model.modules().Prepend(model))
            {
                found.Add(module.GetType());
                if (module is BayesianLayer layer)
                {
                    found.UnionWith(new[] { layer.WeightPrior, layer.BiasPrior }.OfType<Prior>().Select(prior => prior.GetType()));
                    found.UnionWith([layer.WeightPosterior.GetType(), layer.Family.GetType()]);
                }
                if (module is WeightSpaceModule network)
                    found.UnionWith(network.Posteriors().Select(posterior => posterior.GetType())
                        .Concat(network.NetworkVariables.Select(variable => variable.Family.GetType())));
            }
        }
    }

    [Fact]
    public void An_extra_tensor_or_growing_memory_ends_the_soak()
    {
        Reading[] Flat(Func<int, long> tensors, Func<int, double> mebibytes) =>
            [.. Enumerable.Range(0, 60).Select(i => new Reading(TimeSpan.FromSeconds(i), i + 1, tensors(i), mebibytes(i)))];
        SoakRun.Verdict(Flat(_ => 3, i => i < 15 ? 100 + 10 * i : 250 + i % 3), Minute, 1_000).Should().Be(
            $"60 rounds over {SoakCases.All.Count} models among 1000 collections: 3 live tensors throughout, 251.0 MiB resident in the second "
            + "quarter and 251.0 in the last (0.0 %).");
        FluentActions.Invoking(() => SoakRun.Verdict(Flat(i => i, _ => 250), Minute, 1_000)).Should().Throw<SoakException>()
            .WithMessage("There are 59 live tensors after round 60; expected 15, as after round 16.");
        FluentActions.Invoking(() => SoakRun.Verdict(Flat(_ => 3, i => 250 + i), Minute, 1_000)).Should().Throw<SoakException>()
            .WithMessage("There were 272.0 MiB resident in the second quarter and 302.0 in the last (+11.0 %); expected at most 5 % more.");
    }

    [Theory]
    [InlineData("error: --seconds is 0; expected more than 0, and at most a million. Try --help.", "--seconds", "0")]
    [InlineData("error: --seconds is NaN; expected more than 0, and at most a million. Try --help.", "--seconds", "NaN")]
    [InlineData("error: *'--forever'*", "--forever")]
    public void Bad_arguments_are_reported_in_one_line(string expected, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        SoakProgram.Run(arguments, output, error).Should().Be(2);
        error.ToString().Should().Match(expected + Environment.NewLine);
        output.ToString().Should().BeEmpty();
    }
}
