using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

/// <summary>Users of a model share its mode: it is restored when the last one is done, and training shares the model with no other
/// thread.</summary>
public sealed class ModuleModeTests : TorchTest
{
    private static readonly BernoulliLikelihood Likelihood = new();
    private readonly Tensor _input = randn(16, 3);
    private readonly Tensor _target = randint(0, 2, [16, 1], float32);

    private static BayesianSequential Model(Module<Tensor, Tensor>? between = null) =>
        new(new BayesianLinear(3, 4), BatchNorm1d(4), between ?? Identity(), new BayesianLinear(4, 1));

    [Fact]
    public void Concurrent_predictions_see_evaluation_mode_and_the_last_restores_training_mode()
    {
        // Each prediction waits inside its pass for the other to arrive. The first one to finish does not wait.
        using var barrier = new Barrier(2);
        int modes = 0, calls = 0;
        var meeting = new Meeting(() =>
        {
            if (Interlocked.Increment(ref calls) <= 2)
                barrier.SignalAndWait();
        });
        using var model = Model(meeting);
        meeting.Also = () => Interlocked.Add(ref modes, model.modules().Count(each => each.training));
        double[] before = Values(Statistics(model));
        var first = new MonteCarloPredictive(model, Likelihood, 300, seed: 3);
        var second = new MonteCarloPredictive(model, Likelihood, 4, seed: 3);
        OwnThreads.Run(() => first.forward(_input).Dispose(), () => second.forward(_input).Dispose());
        modes.Should().Be(0, "no pass saw a module in training mode");
        model.modules().Should().OnlyContain(each => each.training);
        Values(Statistics(model)).Should().Equal(before);
    }

    [Fact]
    public void A_prediction_that_ends_first_leaves_the_other_in_evaluation_mode()
    {
        using var hasStarted = new ManualResetEventSlim();
        using var othersEnd = new ManualResetEventSlim();
        bool sawTraining = true;
        using var model = Model();
        var slow = new MonteCarloPredictive(model, Likelihood, 4, seed: 3);
        OwnThreads.Run(
            () => slow.Predict(_input, progress: new Told<PredictiveProgress>(_ =>
            {
                hasStarted.Set();
                othersEnd.Wait();
                sawTraining = model.modules().Any(each => each.training);
            })).Dispose(),
            () =>
            {
                hasStarted.Wait();
                new MonteCarloPredictive(model, Likelihood, 4, seed: 3).forward(_input).Dispose();
                othersEnd.Set();
            });
        sawTraining.Should().BeFalse();
        model.training.Should().BeTrue();
    }

    [Fact]
    public void A_shared_modules_mode_is_restored_when_the_last_model_is_done()
    {
        using var hasStarted = new ManualResetEventSlim();
        using var othersEnd = new ManualResetEventSlim();
        bool sawTraining = true;
        var shared = new BayesianSequential(new BayesianLinear(3, 4), BatchNorm1d(4));
        using BayesianSequential one = new(shared, new BayesianLinear(4, 1)), other = new(shared, Tanh(), new BayesianLinear(4, 1));
        var slow = new MonteCarloPredictive(one, Likelihood, 4, seed: 3);
        OwnThreads.Run(
            () => slow.Predict(_input, progress: new Told<PredictiveProgress>(_ =>
            {
                hasStarted.Set();
                othersEnd.Wait();
                sawTraining = shared.modules().Append(shared).Any(each => each.training);
            })).Dispose(),
            () =>
            {
                hasStarted.Wait();
                new MonteCarloPredictive(other, Likelihood, 4, seed: 3).forward(_input).Dispose();
                othersEnd.Set();
            });
        sawTraining.Should().BeFalse();
        new BayesianModule[] { one, other, shared }.SelectMany(each => each.modules().Prepend(each)).Should().OnlyContain(each => each.training);
    }

    [Fact]
    public void Each_module_gets_its_mode_back()
    {
        using var model = Model();
        model.children().ElementAt(1).eval();
        bool[] before = [.. model.modules().Select(each => each.training)];
        before.Should().Contain(false).And.Contain(true);
        var predictive = new MonteCarloPredictive(model, Likelihood, 4, seed: 3);
        predictive.forward(_input).Dispose();
        model.modules().Select(each => each.training).Should().Equal(before);
        var nested = () => predictive.Predict(_input, progress: new Told<PredictiveProgress>(_ =>
        {
            predictive.forward(_input).Dispose();
            model.modules().Should().OnlyContain(each => !each.training);
            throw new FormatException("mine");
        }));
        nested.Should().Throw<FormatException>();
        model.modules().Select(each => each.training).Should().Equal(before);
    }

    [Fact]
    public void A_prediction_on_another_thread_is_refused_while_the_model_trains()
    {
        using var model = Model();
        var told = new List<string>();
        Fit(model, _ => OwnThreads.Run(() =>
        {
            var act = () => new MonteCarloPredictive(model, Likelihood, 4, seed: 3).forward(_input);
            told.Add(act.Should().Throw<InvalidOperationException>().Which.Message);
            model.training.Should().BeTrue();
        }));
        told.Should().HaveCount(2)
            .And.OnlyContain(message => message.StartsWith("This BayesianSequential, or a part of it, is being trained on another thread"));
        new MonteCarloPredictive(model, Likelihood, 4, seed: 3).forward(_input).Dispose();
    }

    [Fact]
    public void A_prediction_with_a_part_of_a_model_that_another_thread_trains_is_refused()
    {
        var encoder = new BayesianSequential(new BayesianLinear(3, 4), BatchNorm1d(4));
        using BayesianSequential trained = new(encoder, new BayesianLinear(4, 1)), other = new(encoder, new BayesianLinear(4, 1)), apart = Model();
        Fit(trained, _ => OwnThreads.Run(() =>
        {
            other.Invoking(model => new MonteCarloPredictive(model, Likelihood, 4, seed: 3).forward(_input))
                .Should().Throw<InvalidOperationException>().WithMessage("*trained on another thread*");
            new MonteCarloPredictive(apart, Likelihood, 4, seed: 3).forward(_input).Dispose();
        }));
    }

    [Fact]
    public void A_prediction_from_progress_on_the_training_thread_works_and_restores_training_mode()
    {
        using var model = Model();
        int predicted = 0;
        Fit(model, _ =>
        {
            new MonteCarloPredictive(model, Likelihood, 4, seed: 3).forward(_input).Dispose();
            model.modules().Should().OnlyContain(each => each.training);
            predicted++;
        }, validation: true);
        predicted.Should().Be(2);
    }

    [Fact]
    public void Training_is_refused_while_the_model_predicts()
    {
        using var model = Model();
        double[] before = Values(model.parameters().First());
        var predictive = new MonteCarloPredictive(model, Likelihood, 4, seed: 3);
        predictive.Predict(_input, progress: new Told<PredictiveProgress>(_ => OwnThreads.Run(() =>
            model.Invoking(trained => Fit(trained, _ => { }))
                .Should().Throw<InvalidOperationException>().WithMessage("*is in use by a prediction*")))).Dispose();
        Values(model.parameters().First()).Should().Equal(before);
        Fit(model, _ => { });
    }

    private void Fit(BayesianModule model, Action<TrainingProgress> progress, bool validation = false)
    {
        using var loss = ElboLoss.Bernoulli(16);
        new VariationalTrainer(model, loss, new() { Epochs = 2, BatchSize = 8 })
            .Fit(_input, _target, validation ? (_input, _target) : null, new Told<TrainingProgress>(progress));
    }

    private static Tensor Statistics(BayesianModule model) => model.state_dict().Single(entry => entry.Key.EndsWith("running_mean")).Value;

    private sealed class Meeting(Action action) : Module<Tensor, Tensor>(nameof(Meeting))
    {
        public Action? Also { get; set; }

        public override Tensor forward(Tensor input)
        {
            action();
            Also?.Invoke();
            return input.alias();
        }
    }
}
