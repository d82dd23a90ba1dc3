using Bayes.Layers.Checkpoints;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A likelihood is saved and loaded with a model, with or without a loss.</summary>
public sealed class CheckpointLikelihoodTests : TorchTest
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Learned_values_are_restored(bool savesLoss, bool loadsLoss)
    {
        using BayesianLinear saved = new(2, 1), model = new(2, 1);
        using ElboLoss loss = new(GaussianLikelihood.Learned(0.3), 10), other = new(GaussianLikelihood.Learned(2), 10);
        using var stream = new MemoryStream();
        if (savesLoss)
            Checkpoint.Save(saved, stream, loss);
        else
            Checkpoint.Save(saved, stream, loss.Likelihood);
        stream.Position = 0;
        if (loadsLoss)
            Checkpoint.Load(model, stream, other);
        else
            Checkpoint.Load(model, stream, other.Likelihood);
        ((GaussianLikelihood)other.Likelihood).Stddev.Should().BeApproximately(0.3, 1e-7);
        ShouldBeClose(model.weight_mu, saved.weight_mu, 0);
    }

    [Fact]
    public void Another_likelihood_is_refused_and_the_model_does_not_change()
    {
        using BayesianLinear saved = new(2, 1), model = new(2, 1);
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream, new GaussianLikelihood(0.3));
        stream.Position = 0;
        var before = model.weight_mu.clone();
        FluentActions.Invoking(() => Checkpoint.Load(model, stream, new GaussianLikelihood(0.4))).Should().Throw<CheckpointException>()
            .WithMessage("The likelihood was saved as GaussianLikelihood(stddev=0.3), and is GaussianLikelihood(stddev=0.4); *");
        ShouldBeClose(model.weight_mu, before, 0);
    }

    /// <summary>Outside its range a size is mirrored, so the same parameter would mean another size.</summary>
    [Fact]
    public void A_size_outside_the_range_of_the_models_likelihood_is_refused()
    {
        using BayesianLinear saved = new(2, 1), model = new(2, 1);
        using ElboLoss loss = new(GaussianLikelihood.Learned(0.3), 10), narrow = new(GaussianLikelihood.Learned(2, minStddev: 1, maxStddev: 4), 10);
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream, loss);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.Load(model, stream, narrow)).Should().Throw<CheckpointException>()
            .WithMessage(
                "The file's tensor 'loss.likelihood.log_stddev' is the logarithm of 0.2999*; "
                + "expected a scale within the range of the model's likelihood, 1 to 4.");
    }

    [Fact]
    public void The_description_of_a_file_names_its_likelihood()
    {
        using var model = new BayesianSequential(("body", new BayesianLinear(3, 2, hasBias: false)), ("act", nn.LeakyReLU(0.2)));
        using var loss = ElboLoss.Bernoulli(100, beta: 0.5);
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream, loss);
        stream.Position = 0;
        Checkpoint.Describe(stream).ToString().ReplaceLineEndings("\n").Should().Match(
            """
            Bayes.Layers *.*.*, format 1
            model: BayesianSequential()
            body: BayesianLinear(in_features=3, out_features=2, bias=false), prior NormalPrior(mean=0, stddev=1)
            act: LeakyReLU(negative_slope=0.2)
            likelihood: BernoulliLikelihood(Logits)
            loss: 100 examples, beta 0.5
            2 tensors, 12 numbers, 48 bytes
              body.weight_log_var: Float32 [2, 3]
              body.weight_mu: Float32 [2, 3]
            """.ReplaceLineEndings("\n"));
    }
}
