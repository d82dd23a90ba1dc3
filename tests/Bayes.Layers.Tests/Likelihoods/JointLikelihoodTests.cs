using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Likelihoods;

/// <summary>A class of three and a number, as the two outputs of a network.</summary>
public sealed class JointLikelihoodTests : LikelihoodLaws
{
    private const int Classes = 3;

    protected override Likelihood Likelihood => Joint(new GaussianLikelihood(0.5));

    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, Classes + 1);

    protected override Tensor Targets(long batch) =>
        JointLikelihood.JoinTargets(arange(batch, int64).remainder(Classes), linspace(-1, 1, batch, float64));

    protected override (Tensor Points, double Weight) Support(long batch)
    {
        const double step = 0.05;
        return (stack(from kind in Enumerable.Range(0, Classes) from point in Enumerable.Range(-140, 281)
            select JointLikelihood.JoinTargets(full([batch], kind, int64), full([batch], point * step, float64))), step);
    }

    protected override Tensor AsMean(Tensor target) =>
        cat([functional.one_hot(target.select(1, 0).to(int64), Classes).to(float64), target.narrow(1, 1, 1)], 1);

    protected override string[] RefusedLastModules => ["Sigmoid", "Hardsigmoid", "Softmax", "Softmax2d", "Softmin", "LogSigmoid", "LogSoftmax"];

    private static JointLikelihood Joint(Likelihood noise) => new(new OutputPart(new CategoricalLikelihood(), Classes), new OutputPart(noise, 1));

    /// <summary>Images of two classes for each pixel, a mean with its variance, a count without an axis, and soft targets.</summary>
    private static JointLikelihood OfManyShapes() => new(
        new OutputPart(new CategoricalLikelihood(classAxis: -3), 2, 3, 4), new OutputPart(new HeteroscedasticGaussianLikelihood(), 4),
        new OutputPart(new PoissonLikelihood()), new OutputPart(new CategoricalLikelihood(), 3) { TargetShape = [3] },
        new OutputPart(new BernoulliLikelihood(), 2));

    private static (Tensor[] Outputs, Tensor[] Targets) ManyShapes(long draws, long batch) => (
        [Normal(draws, batch, 2, 3, 4), Normal(draws, batch, 4), Normal(draws, batch), Normal(draws, batch, 3), Normal(draws, batch, 2)],
        [randint(0, 2, [batch, 3, 4], int64), Normal(batch, 2), randint(0, 5, [batch], int64), Normal(batch, 3).softmax(1),
            randint(0, 2, [batch, 2]).to(float64)]);

    [Fact]
    public void Every_quantity_is_that_of_the_parts_one_after_the_other()
    {
        var joint = OfManyShapes();
        var (outputs, targets) = ManyShapes(3, 5);
        Tensor output = JointLikelihood.JoinOutputs(outputs), target = JointLikelihood.JoinTargets(targets);
        output.shape.Should().Equal(3, 5, 24 + 4 + 1 + 3 + 2);
        target.shape.Should().Equal(5, 12 + 2 + 1 + 3 + 2);
        target.dtype.Should().Be(ScalarType.Float64);
        Tensor sum = zeros(3, 5, float64), ofOne = zeros(5, float64);
        for (int i = 0; i < outputs.Length; i++)
        {
            sum = sum + joint.Parts[i].Likelihood.LogProbability(outputs[i], targets[i]);
            ofOne = ofOne + joint.Parts[i].Likelihood.LogProbability(outputs[i][1], targets[i]);
            ShouldBeClose(joint.Split(joint.Mean(output))[i], joint.Parts[i].Likelihood.Mean(outputs[i]), 0);
            ShouldBeClose(joint.Split(joint.Variance(output[2]))[i], joint.Parts[i].Likelihood.Variance(outputs[i][2]), 0);
            ShouldBeClose(joint.SplitOutputs(output)[i], outputs[i], 0);
        }
        ShouldBeClose(joint.LogProbability(output, target), sum, 1e-12);
        ShouldBeClose(joint.LogProbability(output[1], target), ofOne, 1e-12);
        Tensor[] blocks = [.. joint.Parts.Select((part, i) => Curvature(part.Likelihood.CurvatureFactor(outputs[i][1])))];
        for (int row = 0; row < 5; row++)
        {
            var expected = block_diag([.. blocks.Select(block => block[row])]);
            ShouldBeClose(Curvature(joint.CurvatureFactor(output[1]))[row], expected, 1e-13);
            ShouldBeClose(Curvature(joint.CurvatureFactor(output[1], target))[row], expected, 1e-13);
            ShouldBeClose(Matrix(joint.CurvatureOf(output[1], target)!.Value)[row], expected, 1e-13);
        }
        joint.ToString().Should().Be(
            "JointLikelihood(CategoricalLikelihood(classAxis=-3) [2, 3, 4], HeteroscedasticGaussianLikelihood [4], PoissonLikelihood [], "
            + "CategoricalLikelihood [3] for targets [3], BernoulliLikelihood(Logits) [2])");
        new JointLikelihood(new OutputPart(joint, 34), new OutputPart(new GaussianLikelihood(1), 1)).Mean(Normal(5, 35)).shape[1]
            .Should().Be(joint.Mean(output).shape[2] + 1, "joint likelihoods can be nested");
    }

    /// <summary>The loss of the sum is the sum of the losses, and so is its gradient.</summary>
    [Fact]
    public void The_gradient_of_the_loss_is_that_of_two_losses()
    {
        Parameter output = new(Normal(2, 6, 4)), same = new(output.detach().clone());
        Tensor classes = arange(6, int64).remainder(3), values = Normal(6, 1), kl = tensor(2.0), weights = rand(6, float64);
        var noise = GaussianLikelihood.Learned(0.7, dtype: float64);
        var joint = Joint(noise);
        using var loss = new ElboLoss(joint, 100);
        loss.named_parameters().Select(each => each.name).Should().Equal("likelihood.1.log_stddev");
        var parameter = loss.parameters().Single();
        foreach (var given in new[] { null, weights })
        {
            using var found = given is null ? loss.Evaluate(output, JointLikelihood.JoinTargets(classes, values), kl)
                : loss.Evaluate(output, JointLikelihood.JoinTargets(classes, values), kl, given);
            found.Total.backward();
            var ofNoise = parameter.grad!.clone();
            parameter.grad.zero_();
            var each = new CategoricalLikelihood().LogProbability(same[.., .., ..3], classes) + noise.LogProbability(same[.., .., 3..], values);
            var expected = -(each * (given ?? ones(6, float64))).mean() + kl / 100;
            expected.backward();
            ShouldBeClose(found.Total, expected, 1e-12);
            ShouldBeClose(output.grad!, same.grad!, 1e-12);
            ShouldBeClose(ofNoise, parameter.grad!, 1e-12);
            foreach (var each2 in new[] { output, same, parameter })
                each2.grad!.zero_();
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.Float64, true)]
    public void A_part_of_a_prediction_is_the_prediction_of_that_output(ScalarType dtype, bool keeps)
    {
        var joint = OfManyShapes();
        var (outputs, targets) = ManyShapes(6, 5);
        outputs = [.. outputs.Select(each => each.to(dtype))];
        using var moments = new Layers.Prediction.PredictiveMoments(joint, 5, JointLikelihood.JoinTargets(targets));
        var output = JointLikelihood.JoinOutputs(outputs);
        moments.Add(output, row: 0);
        moments.Count(6);
        using var whole = moments.ToPredictive(samples: keeps ? output : null);
        double tolerance = dtype == ScalarType.Float32 ? 1e-5 : 1e-12;
        for (int i = 0; i < outputs.Length; i++)
        {
            using var part = whole.Part(i);
            using var alone = Predictive.OfSamples(outputs[i], joint.Parts[i].Likelihood, targets[i]);
            part.SamplesUsed.Should().Be(6);
            foreach (var quantity in new Func<Predictive, Tensor>[]
            {
                p => p.Mean, p => p.EpistemicVariance, p => p.AleatoricVariance, p => p.TotalStddev, p => p.StandardErrorOfMean,
            })
                ShouldBeClose(quantity(part), quantity(alone), tolerance);
            if (joint.Parts[i].Likelihood is ClassLikelihood)
            {
                ShouldBeClose(part.TotalEntropy, alone.TotalEntropy, tolerance);
                ShouldBeClose(part.MutualInformation, alone.MutualInformation, tolerance);
            }
            else
            {
                part.Invoking(p => p.TotalEntropy).Should().Throw<InvalidOperationException>();
            }
            if (keeps)
                ShouldBeClose(part.LogPredictiveDensityOf(targets[i]), alone.LogPredictiveDensity, tolerance);
            else
                part.Invoking(p => p.Samples).Should().Throw<InvalidOperationException>().WithMessage("The samples were not kept, *");
        }
    }

    /// <summary>Parts without disagreement have no mutual information, also in single precision.</summary>
    [Fact]
    public void Identical_draws_agree_to_the_bit()
    {
        using var whole = Predictive.OfSamples(randn(1, 40, 4).expand(7, 40, 4), Likelihood);
        using var part = whole.Part(0);
        ShouldBeClose(part.MutualInformation, zeros(40), 0);
        whole.Invoking(p => p.TotalEntropy).Should().Throw<InvalidOperationException>().WithMessage("*use the variances, or Part, the prediction*");
        whole.Invoking(p => p.QuantilesOfTarget([0.5])).Should().Throw<InvalidOperationException>().WithMessage("*use the variances, or Part, *");
    }

    /// <summary>Class weights are for training.</summary>
    [Fact]
    public void A_prediction_uses_the_densities_of_the_parts()
    {
        Tensor outputs = Outputs(4, 6), targets = Targets(6);
        var weighted = new JointLikelihood(
            new OutputPart(new CategoricalLikelihood(classWeights: [1, 2, 3], labelSmoothing: 0.2), Classes),
            new OutputPart(new GaussianLikelihood(0.5), 1));
        using Predictive found = Predictive.OfSamples(outputs, weighted, targets), expected = Predictive.OfSamples(outputs, Likelihood, targets);
        ShouldBeClose(found.LogPredictiveDensity, expected.LogPredictiveDensity, 1e-12);
        ShouldDiffer(weighted.LogProbability(outputs, targets), Likelihood.LogProbability(outputs, targets));
    }

    [Fact]
    public void A_broken_output_stays_in_its_part()
    {
        var outputs = Outputs(3, 4);
        outputs[1, 2, 3] = double.NaN;
        using var whole = Predictive.OfSamples(outputs, Likelihood);
        using Predictive classes = whole.Part(0), value = whole.Part(1);
        ShouldBeFinite(classes.Mean);
        ShouldBeFinite(classes.TotalEntropy);
        Values(value.Mean).Select(double.IsNaN).Should().Equal(false, false, true, false);
    }

    [Fact]
    public void The_largest_class_index_of_a_double_survives()
    {
        const long index = 1L << 53;
        var joined = JointLikelihood.JoinTargets(tensor(new[] { index, 0L }), tensor(new[] { 0.1f, float.MaxValue }));
        joined[0, 0].to(int64).item<long>().Should().Be(index);
        joined[.., 1].to(float32).data<float>().ToArray().Should().Equal(0.1f, float.MaxValue);
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_one_sentence()
    {
        var joint = (JointLikelihood)Likelihood;
        Tensor output = Normal(6, 4), target = Targets(6);
        (Action Call, string Message)[] cases =
        [
            (() => _ = new JointLikelihood(), "There are no parts; expected one for each output of the network.*"),
            (() => _ = new OutputPart(new CategoricalLikelihood(), 0), "outputShape is 0; expected a whole number of at least 1.*"),
            (() => _ = new OutputPart(new HeteroscedasticGaussianLikelihood(), 3),
                "HeteroscedasticGaussianLikelihood does not take an output of shape [3] for each row: *expected an even last axis*"),
            (() => _ = new OutputPart(new CategoricalLikelihood()), "CategoricalLikelihood *takes the rows for features* []*"),
            (() => _ = new OutputPart(new CategoricalLikelihood(), 2, 8, 8),
                "CategoricalLikelihood does not take an output of shape [2, 8, 8]*name*"),
            (() => _ = new OutputPart(new GaussianLikelihood([1, 2]), 3), "GaussianLikelihood(stddev=[1, 2]) does not take*[3]*2 target dimensions*"),
            (() => joint.Mean(Normal(6, 3)),
                "The output has shape [6, 3]; expected [batch, 4] or [samples, batch, 4], 3 + 1 numbers of the 2 parts.*"),
            (() => joint.LogProbability(output, target[.., ..1]),
                "The target has shape [6, 1] and the output [6, 4]; expected a target [batch, 2] of 1 + 1 numbers and an output [batch, 4] *3 + 1*"),
            (() => joint.LogProbability(output, cat([full([6, 1], 1.5, float64), target[.., 1..]], 1)),
                "target has the value 1.5 in part 0; expected whole numbers, which CategoricalLikelihood takes as Int64.*"),
            (() => joint.LogProbability(output, JointLikelihood.JoinTargets(full([6], 3, int64), zeros(6))),
                "target has the value 3; expected classes 0 to 2.*"),
            (() => joint.Split(Normal(6, 5)), "The values have shape [6, 5]; expected a last axis of 4, 3 + 1 numbers of the parts' means.*"),
            (() => JointLikelihood.JoinTargets(), "There are no targets; expected at least one.*"),
            (() => JointLikelihood.JoinTargets(zeros(6), zeros(5)), "The targets have shapes [6] and [5]; expected [batch, …] each, *"),
            (() => JointLikelihood.JoinTargets(zeros(6), tensor(1f)), "The targets have shapes [6] and []; expected [batch, …] each, *"),
            (() => JointLikelihood.JoinOutputs(zeros(2, 6, 1), zeros(3, 6, 1)), "The outputs have shapes [2, 6, 1] and [3, 6, 1]; expected [1|S, B*"),
            (() => JointLikelihood.JoinOutputs(zeros(2, 6, 1), ones(2, 6, int64)), "The output is of type Int64; expected a floating-point type.*"),
            (() => Predictive.OfSamples(Normal(2, 3, 1), new GaussianLikelihood(1)).Part(0),
                "The prediction is of one output, with GaussianLikelihood(stddev=1); expected a JointLikelihood, which has parts."),
            (() => Predictive.OfSamples(Normal(2, 3, 4), joint).Part(2), "index is 2; expected 0 to 1.*"),
        ];
        foreach (var (call, message) in cases)
            call.Should().Throw<Exception>().Which.Should().Match<Exception>(e => e is ArgumentException || e is InvalidOperationException)
                .And.Subject.As<Exception>().Message.Should().Match(message);
    }

    [Fact]
    public void Joined_values_and_parts_leave_no_tensor_behind()
    {
        using var whole = Predictive.OfSamples(Outputs(3, 4), Likelihood);
        Tensor shared = Normal(1, 4, 2), drawn = Normal(3, 4, 5).to(float32);
        long before = LiveTensors();
        whole.Part(0).Dispose();
        var joined = JointLikelihood.JoinOutputs(shared, drawn);
        LiveTensors().Should().Be(before + 1);
        joined.shape.Should().Equal(3, 4, 7);
        joined.dtype.Should().Be(ScalarType.Float64, "it is the widest type");
        ShouldBeClose(joined[2, .., ..2], shared[0], 0);
    }

    /// <summary>Both outputs are learned, and the noise of the number with them; sample weights too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_network_learns_both_outputs(bool isWeighted)
    {
        using var model = new BayesianSequential(new BayesianLinear(2, 16), nn.Tanh(), new BayesianLinear(16, 4));
        var input = randn(300, 2);
        Tensor classes = (input[.., 0] > 0).to(int64) + (input[.., 1] > 0).to(int64), values = input.sum(1, keepdim: true) + 0.1 * randn(300, 1);
        using var loss = new ElboLoss(Joint(GaussianLikelihood.Learned()), 300);
        var target = JointLikelihood.JoinTargets(classes, values);
        var history = new VariationalTrainer(model, loss, new() { Epochs = 60, BatchSize = 50, LearningRate = 0.02, ValidationSamples = 4 })
            .Fit(input, target, (input, target), weights: isWeighted ? ones(300) : null);
        history.RefusedSteps.Should().Be(0);
        ((GaussianLikelihood)((JointLikelihood)loss.Likelihood).Parts[1].Likelihood).Stddev.Should().BeLessThan(0.6);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, 20, seed: 1).Predict(input, target, keepSamples: true);
        using Predictive ofClasses = prediction.Part(0), ofValues = prediction.Part(1);
        ClassificationReport.Of(ofClasses, classes).Accuracy.Should().BeGreaterThan(0.85);
        RegressionReport.Of(ofValues, values).RootMeanSquaredError.Should().BeLessThan(0.4);
    }
}
