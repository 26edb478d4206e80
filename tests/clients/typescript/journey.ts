// A patient's journey through the API, by a client whose types are generated from the schema (clinic.d.ts).
// Every step prints one line, which the test reads. What the server refuses is thrown, and ends the program.
import createClient from "openapi-fetch";
import type { components, paths } from "./clinic.js";

declare const process: { env: Record<string, string | undefined> };

type Schemas = components["schemas"];
type Api = ReturnType<typeof createClient<paths>>;
type Answer<T> = { data?: T; error?: Schemas["Problem"]; response: Response };

function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** What a call answered; a refusal is thrown. */
function good<T>({ data, error, response }: Answer<T>): T {
  if (data === undefined) throw new Error(`${response.status} ${response.url} ${JSON.stringify(error)}`);
  return data;
}

/** The first of some rows. */
function first<T>(rows: T[]): T {
  const row = rows[0];
  if (row === undefined) throw new Error("an empty list");
  return row;
}

/** A header that lets a call be repeated without its happening twice. */
const once = () => ({ header: { "Idempotency-Key": crypto.randomUUID() } });

async function signIn(username: string): Promise<Api> {
  const baseUrl = env("CLINIC_URL");
  const tokens = good(
    await createClient<paths>({ baseUrl }).POST("/api/v1/auth/login", {
      body: { grant_type: "password", username, password: env("CLINIC_PASSWORD") },
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    }),
  );
  console.log(`signed in: ${tokens.user.username} ${tokens.user.roles.join()}`);
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${tokens.access_token}` } });
}

async function register(desk: Api): Promise<Schemas["Patient"]> {
  const body: Schemas["PatientRequest"] = { name: "Mariam Qasim", sex: "female", age: 41, phone: "0501234567" };
  const patient = good(await desk.POST("/api/v1/patients/", { params: once(), body }));
  const again = await desk.POST("/api/v1/patients/", { params: once(), body });
  console.log(`registered: ${patient.name}, ${patient.age}, again: ${again.error?.code}`);
  return patient;
}

async function book(desk: Api, patient: number): Promise<Schemas["Appointment"]> {
  const doctors = good(await desk.GET("/api/v1/doctors/", { params: { query: { q: "Karim" } } }));
  const doctor = first(doctors.results);
  const asked = { path: { doctor_pk: doctor.id }, query: { days: 2 } };
  const slot = first(good(await desk.GET("/api/v1/doctors/{doctor_pk}/slots/", { params: asked })).results);
  const body = { patient, doctor: doctor.id, start: slot.start };
  const booked = good(await desk.POST("/api/v1/appointments/", { params: once(), body }));
  console.log(`booked: ${doctor.name}, ${booked.status}, at the asked time: ${booked.start === slot.start}`);
  return booked;
}

async function arrive(desk: Api, doctor: Api, appointment: number): Promise<Schemas["QueueEntry"]> {
  const entry = good(await desk.POST("/api/v1/queue/check-in/", { params: once(), body: { appointment } }));
  const called = good(await doctor.POST("/api/v1/queue/next/", { params: once(), body: {} }));
  console.log(`called: ${entry.status} -> ${called.status}, the same: ${entry.token === called.token}`);
  return called;
}

async function examine(doctor: Api, entry: Schemas["QueueEntry"]): Promise<number> {
  if (entry.patient === null) throw new Error("nobody was called");
  const visit = good(
    await doctor.POST("/api/v1/visits/", { params: once(), body: { patient: entry.patient, entry: entry.id } }),
  );
  const params = { path: { visit_pk: visit.id } };
  const vitals = good(
    await doctor.POST("/api/v1/visits/{visit_pk}/vitals/", {
      params,
      body: { systolic: 128, diastolic: 84, temperature: 38.4, weight: 71, height: 178 },
    }),
  );
  const note = good(
    await doctor.POST("/api/v1/visits/{visit_pk}/notes/", {
      params,
      body: { category: "observation", text: "Red throat" },
    }),
  );
  const diagnosis = good(
    await doctor.POST("/api/v1/visits/{visit_pk}/diagnoses/", {
      params,
      body: { text: "Acute pharyngitis", code: "J02.9" },
    }),
  );
  console.log(`examined: ${vitals.temperature} ${vitals.bmi?.toFixed(1)} ${note.category} ${diagnosis.code}`);
  return visit.id;
}

async function prescribe(doctor: Api, visit: number): Promise<Schemas["PrescriptionDetail"]> {
  const found = good(await doctor.GET("/api/v1/medicines/", { params: { query: { q: "paracetamol" } } }));
  const chosen = { medicine: first(found.results).id, dose: 1, frequency: "1-1-1", duration_days: 5 };
  const items = [chosen, { line: "amox 500 1-1-1 7d" }];
  const draft = good(await doctor.POST("/api/v1/prescriptions/", { params: once(), body: { visit, items } }));
  const params = { path: { id: draft.id } };
  const signed = good(await doctor.POST("/api/v1/prescriptions/{id}/sign/", { params }));
  const done = good(
    await doctor.POST("/api/v1/visits/{id}/complete/", {
      params: { path: { id: visit } },
      body: { reason: "Seen and advised" },
    }),
  );
  console.log(`prescribed: ${draft.status} -> ${signed.status}, ${signed.items.map((item) => item.quantity).join()}`);
  console.log(`completed: ${done.status}, ${done.diagnoses.map((diagnosis) => diagnosis.code).join()}`);
  return signed;
}

async function dispense(pharmacist: Api, prescription: Schemas["PrescriptionDetail"]): Promise<void> {
  const lines = prescription.items.map(({ id, quantity }) => ({ item: id, quantity }));
  const given = good(
    await pharmacist.POST("/api/v1/dispensings/", { params: once(), body: { prescription: prescription.id, lines } }),
  );
  const units = given.lines.flatMap((line) => line.batches.map((batch) => batch.quantity));
  console.log(`dispensed: ${units.join()}`);
}

async function pay(desk: Api, patient: number): Promise<void> {
  const bills = good(await desk.GET("/api/v1/invoices/", { params: { query: { patient } } }));
  const path = { id: first(bills.results).id };
  const bill = good(await desk.POST("/api/v1/invoices/{id}/issue/", { params: { path } }));
  const paid = good(
    await desk.POST("/api/v1/invoices/{id}/pay/", {
      params: { path, ...once() },
      body: { amount: bill.due, method: "cash", tendered: bill.due },
    }),
  );
  const paper = good(await desk.GET("/api/v1/invoices/{id}/receipt/", { params: { path }, parseAs: "blob" }));
  console.log(`paid: ${bill.status} -> ${paid.status}, due ${paid.due}, receipt ${paper.type}`);
}

const desk = await signIn("reception");
const doctor = await signIn("doctor1");
const pharmacist = await signIn("pharmacist");
const patient = await register(desk);
const appointment = await book(desk, patient.id);
const visit = await examine(doctor, await arrive(desk, doctor, appointment.id));
await dispense(pharmacist, await prescribe(doctor, visit));
await pay(desk, patient.id);
